/** Five countable steps to a new version; the last one belongs to another person. */
import { useState } from 'react';
import { useLocation } from 'wouter';
import { ActDialog } from '../components/ActDialog';
import { Button } from '../components/basics';
import { InputField } from '../components/fields';
import { AlertIcon, CheckIcon, ShieldIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { t } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import { useGrounds } from './Grounds';
import type { Check, Comparison, Trials } from './api';
import { publish } from './api';
import { BacktestOf } from './Backtest';
import type { Asked } from './checking';
import { countOf, trialsOf } from './Problems';
import type { Workspace } from './workspace';

export type Part = 'changes' | 'problems' | 'guard' | 'trials' | 'approval';
export type Readiness = { part: Part; state: 'ok' | 'warn' | 'bad' | 'wait'; words: string }[];

type Known = {
  check: Asked<Check>;
  /** How many the book of this procedure has. */
  rules: number;
  comparison: Asked<Comparison>;
  trials: Asked<Trials>;
  ticks: ReadonlySet<string>;
  /** Hash of the differences that were on the screen. */
  seen: string | null;
};

export function readinessOf({ check, rules, comparison, trials, ticks, seen }: Known): Readiness {
  const { errors, open, broken } = countOf(check.value, ticks);
  const unproven = check.value !== null && check.value.guard.length === 0 && rules > 0;
  const changes = comparison.value?.lines.length ?? 0;
  const isSeen = comparison.value !== null && comparison.value.hash === seen;
  const run = trialsOf(trials.value, ticks);
  const isPlayed = trials.value !== null && trials.value.done && !trials.busy;
  return [
    {
      part: 'changes',
      state: comparison.value === null ? 'wait' : changes > 0 && isSeen ? 'ok' : 'warn',
      words: changes === 0 ? t('publish.noChange') : t(isSeen ? 'publish.seen' : 'publish.unseen', { n: changes }),
    },
    {
      part: 'problems',
      state: check.value === null ? 'wait' : errors > 0 ? 'bad' : open > 0 ? 'warn' : 'ok',
      words:
        errors > 0
          ? t('problems.errors', { n: errors })
          : open > 0
            ? t('publish.toTick', { n: open })
            : t('publish.clean'),
    },
    {
      part: 'guard',
      state: check.value === null ? 'wait' : broken > 0 || unproven ? 'bad' : 'ok',
      words: unproven
        ? t('publish.unproven')
        : broken > 0
          ? t('publish.brokenRules', { n: broken })
          : t('publish.rules', { n: check.value?.guard.length ?? 0 }),
    },
    {
      part: 'trials',
      state: !isPlayed ? 'wait' : run.failed > 0 ? 'bad' : run.open > 0 ? 'warn' : 'ok',
      words: trialWords(trials, run),
    },
    { part: 'approval', state: 'wait', words: t('publish.second') },
  ];
}

function trialWords({ value, busy }: Known['trials'], run: ReturnType<typeof trialsOf>): string {
  if (value === null) return t(busy ? 'publish.trialsRun' : 'publish.trialsWait');
  if (busy) return t('publish.trialsSoFar', { done: value.items.length, all: value.total });
  if (!value.done) return t('publish.trialsWait');
  if (run.failed === 0 && run.open > 0) return t('publish.toTick', { n: run.open });
  return t('publish.trials', { passed: run.passed + run.ticked, all: value.total });
}

type Props = Known & {
  workspace: Workspace;
  outdated: boolean;
  onGo: (part: Part) => void;
  mayPublish: boolean;
};

export function PublishBar(props: Props) {
  const { workspace, outdated, onGo, mayPublish, check, comparison } = props;
  const [asking, setAsking] = useState(false);
  const ready = readinessOf(props);
  const missing = ready.filter((one) => one.part !== 'approval' && one.state !== 'ok');
  const fresh = !check.busy && !comparison.busy;
  const why = outdated
    ? t('publish.outdatedDo')
    : missing.length > 0
      ? t('publish.first', { what: missing.map((one) => t(`publish.part.${one.part}`)).join(', ') })
      : '';
  return (
    <section className="publish" aria-label={t('publish.title')}>
      <ol className="steps">
        {ready.map((one, index) => (
          <li key={one.part} className={one.state}>
            <button type="button" onClick={() => onGo(one.part)} disabled={one.part === 'approval'}>
              <b aria-hidden="true">{markOf(one.part, one.state, index + 1)}</b>
              <span>
                <strong>{t(`publish.part.${one.part}`)}</strong>
                {one.words}
              </span>
            </button>
          </li>
        ))}
      </ol>
      {mayPublish && (
        <div className="publish-act">
          <Button
            kind="primary"
            off={why !== '' || !fresh}
            aria-describedby="publish-why"
            onClick={() => setAsking(true)}
          >
            {t('publish.send')}
          </Button>
          <span className="small quiet" id="publish-why" role="status">
            {why}
          </span>
        </div>
      )}
      {asking && <Ask {...props} workspace={workspace} onClose={() => setAsking(false)} />}
    </section>
  );
}

function markOf(part: Part, state: Readiness[number]['state'], number: number) {
  if (state === 'ok') return <CheckIcon />;
  if (state === 'wait') return number;
  return part === 'guard' ? <ShieldIcon /> : <AlertIcon />;
}

function Ask({ workspace, ticks, check, comparison, trials, onClose }: Props & { onClose: () => void }) {
  const { centre } = useSession();
  const [, navigate] = useLocation();
  const { grounds, missing, fields } = useGrounds();
  const [validFrom, setValidFrom] = useState(centre.today);
  const lines = comparison.value?.lines ?? [];
  const accepted = [
    ...(check.value?.problems.filter((one) => ticks.has(one.tick)).map((one) => one.message) ?? []),
    ...(trials.value?.items
      .filter((one) => one.tick !== null && ticks.has(one.tick))
      .map((one) => t('publish.otherwise', { name: one.name, what: one.difference ?? '' })) ?? []),
  ];
  return (
    <ActDialog
      title={t('publish.askTitle')}
      act={t('publish.send')}
      wide
      run={async (intention) => {
        await workspace.save();
        const { revision } = workspace.read();
        const wish = {
          ...grounds,
          validFrom,
          revision,
          ticks: [...ticks],
          compared: comparison.value?.hash ?? '',
        };
        return publish(workspace.id, wish, intention);
      }}
      check={() => ({
        ...missing(),
        validFrom: validFrom < centre.today ? t('publish.validFromPast') : undefined,
      })}
      onClose={onClose}
      onDone={(publication) => {
        navigate(paths.publication(publication.id));
        toast(t('publish.done'));
      }}
    >
      {(errors) => (
        <>
          <p>{t('publish.follows')}</p>
          <ul className="change-list">
            {lines.slice(0, 12).map((line, index) => (
              <li key={index} className={line.change}>
                {line.text}
              </li>
            ))}
          </ul>
          {accepted.length > 0 && (
            <>
              <h3 className="small">{t('publish.accepted')}</h3>
              <ul className="change-list">
                {accepted.map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            </>
          )}
          <BacktestOf id={workspace.id} files={workspace.state.files} hash={comparison.value?.hash ?? ''} />
          {fields(errors)}
          <InputField
            label={t('procedure.validFrom')}
            type="date"
            short
            min={centre.today}
            value={validFrom}
            onChange={setValidFrom}
            error={errors['validFrom']}
          />
        </>
      )}
    </ActDialog>
  );
}
