/** The draft in the real engine with invented data and a clock one moves: nobody is told anything. */
import { useState } from 'react';
import type { Problem } from '../api';
import { ActDialog, Refused } from '../components/ActDialog';
import { Banner, Button, Status } from '../components/basics';
import { InputField, TextField } from '../components/fields';
import { AlertIcon, CheckIcon, ClockIcon, MailIcon, TrashIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { dayOf, inCentre } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { useSession } from '../session';
import type { Act, Scenario, ScenarioResult, Simulation, Trials, Walk } from './api';
import { deleteScenario, getScenarios, saveScenario, simulate } from './api';
import type { Asked } from './checking';
import { inventedStart } from './rules';
import type { Workspace } from './workspace';

type Props = {
  workspace: Workspace;
  trials: Asked<Trials>;
  /** Warnings and delivered trials the author accepts as they are. */
  ticks: ReadonlySet<string>;
  onTick: (tick: string, on: boolean) => void;
  /** Where the case stands, for the drawing. */
  onTokens: (elements: string[]) => void;
};

const parse = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
};

export function Trial({ workspace, trials, ticks, onTick, onTokens }: Props) {
  const { centre } = useSession();
  const [start, setStart] = useState(`${centre.today}T09:00`);
  const [acts, setActs] = useState<Act[]>([]);
  const [shown, setShown] = useState<Simulation | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [saving, setSaving] = useState(false);
  const [given, setGiven] = useState<string | null>(null);
  const beginning = given ?? JSON.stringify(inventedStart(workspace.read().files, inCentre(start)), null, 2);
  const facts = parse(beginning);
  const walk = (next: Act[]): Walk => ({ start: inCentre(start), variables: facts ?? {}, acts: next });
  const run = async (next: Act[]) => {
    if (busy) return;
    setBusy(true);
    const files = await workspace.current();
    const answer = await simulate(workspace.id, { ...walk(next), files });
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setActs(next);
    setShown(answer.value);
    onTokens(answer.value.tokens.map((one) => one.elementId));
  };
  const act = (one: Act) => void run([...acts, one]);
  return (
    <section className="card trial" aria-labelledby="trial">
      <header>
        <h2 id="trial" tabIndex={-1}>
          {t('trial.title')}
        </h2>
      </header>
      <div className="card-body stack">
        <p className="small">{t('trial.hint')}</p>
        <div className="row end">
          <InputField label={t('trial.startAt')} type="datetime-local" short value={start} onChange={setStart} />
          <Button kind={shown === null ? 'primary' : undefined} off={busy} onClick={() => void run([])}>
            {shown === null ? t('trial.start') : t('trial.restart')}
          </Button>
          {acts.length > 0 && (
            <Button off={busy} onClick={() => void run(acts.slice(0, -1))}>
              {t('trial.back')}
            </Button>
          )}
          {shown !== null && <Button onClick={() => setSaving(true)}>{t('trial.save')}</Button>}
        </div>
        <details className="more">
          <summary>{t('trial.facts')}</summary>
          <TextField
            label={t('trial.facts')}
            hint={t('trial.factsHint')}
            value={beginning}
            onChange={setGiven}
            error={facts === null ? t('trial.answersBad') : undefined}
          />
        </details>
        <Refused problem={problem} />
        {shown !== null && <Shown simulation={shown} busy={busy} onAct={act} />}
        <Scenarios {...{ workspace, trials, ticks, onTick }} />
      </div>
      {saving && (
        <Save workspace={workspace} walk={walk(acts)} onClose={() => setSaving(false)} onSaved={trials.again} />
      )}
    </section>
  );
}

type ShownProps = { simulation: Simulation; busy: boolean; onAct: (act: Act) => void };

function Shown({ simulation, busy, onAct }: ShownProps) {
  const { centre } = useSession();
  const when = (moment: string) => momentWords(moment, centre.today);
  const { stopped } = simulation;
  return (
    <>
      <p className="strong" role="status">
        {t('trial.now', { when: when(simulation.now) })}. {simulation.ended && t('trial.ended')}
      </p>
      {stopped !== null && (
        <Banner kind="bad" icon={<AlertIcon />}>
          <p>{t('trial.stopped', { message: stopped.message })}</p>
        </Banner>
      )}
      <div className="two-lists">
        <div className="stack">
          <h3>{t('trial.waiting')}</h3>
          {simulation.waiting.length === 0 && <p>{t('trial.nothing')}</p>}
          <ul className="trial-list">
            {simulation.waiting.map((one, index) => (
              <li key={`${one.elementId} ${index}`}>
                <p>
                  <b>{one.name}</b>
                  {one.who !== '' && `, ${one.who}`}
                </p>
                {one.dueDate !== null && (
                  <p className="small">
                    <ClockIcon /> {t('trial.due', { when: when(one.dueDate) })}
                    {one.explanation !== null && <span className="quiet"> {one.explanation}</span>}
                  </p>
                )}
                <Complete waiting={one} busy={busy} onAct={onAct} />
              </li>
            ))}
          </ul>
          {!simulation.ended && <Outside busy={busy} simulation={simulation} onAct={onAct} />}
        </div>
        <div className="stack">
          <h3>{t('trial.messages')}</h3>
          {simulation.messages.length === 0 && <p>{t('trial.noMessages')}</p>}
          <ul className="trial-list">
            {simulation.messages.map((one, index) => (
              <li key={index}>
                <MailIcon /> <b>{when(one.at)}</b> {one.to}: {one.text}
              </li>
            ))}
          </ul>
          <h3>{t('trial.steps')}</h3>
          <ol className="trial-list">
            {simulation.steps.map((one, index) => (
              <li key={index}>
                <span className="quiet">{when(one.at)}</span> <b>{one.name}</b> {one.what}
              </li>
            ))}
          </ol>
        </div>
      </div>
    </>
  );
}

type CompleteProps = { waiting: Simulation['waiting'][number]; busy: boolean; onAct: (act: Act) => void };

function Complete({ waiting, busy, onAct }: CompleteProps) {
  const [text, setText] = useState(() => JSON.stringify(waiting.example, null, 2));
  const [error, setError] = useState<string | undefined>(undefined);
  const own = () => {
    const form = parse(text);
    setError(form === null ? t('trial.answersBad') : undefined);
    if (form !== null) onAct({ complete: waiting.elementId, form });
  };
  return (
    <>
      <Button off={busy} onClick={() => onAct({ complete: waiting.elementId, form: waiting.example })}>
        <CheckIcon />
        {t('trial.complete')}
      </Button>
      {Object.keys(waiting.example).length > 0 && (
        <details className="more">
          <summary>{t('trial.answers')}</summary>
          <TextField label={t('trial.answers')} value={text} onChange={setText} error={error} />
          <Button off={busy} onClick={own}>
            {t('trial.completeOwn')}
          </Button>
        </details>
      )}
    </>
  );
}

/** What comes from outside the task list: time and messages. */
function Outside({ busy, simulation, onAct }: Pick<ShownProps, 'busy' | 'simulation' | 'onAct'>) {
  const { centre } = useSession();
  const { now, timers = [], awaited = [] } = simulation;
  const [until, setUntil] = useState(() => `${dayOf(now)}T09:00`);
  return (
    <>
      {timers.length > 0 && (
        <>
          <h3>{t('trial.timers')}</h3>
          <ul className="trial-list">
            {timers.map((one) => (
              <li key={one.elementId}>
                <p>
                  <ClockIcon /> <b>{one.name}</b>, {momentWords(one.dueAt, centre.today)}
                </p>
                <Button off={busy} onClick={() => onAct({ fire: one.elementId })}>
                  {t('trial.fire')}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
      <div className="row end">
        <InputField label={t('trial.clock')} type="datetime-local" short value={until} onChange={setUntil} />
        <Button off={busy || until === ''} onClick={() => onAct({ until: inCentre(until) })}>
          {t('trial.move')}
        </Button>
      </div>
      {awaited.length > 0 && (
        <>
          <h3>{t('trial.awaited')}</h3>
          <ul className="trial-list">
            {awaited.map((one) => (
              <li key={one.message}>
                <p>
                  <MailIcon /> <b>{one.name}</b> <span className="small quiet">{one.message}</span>
                </p>
                <Send name={one.message} example={one.example} busy={busy} onAct={onAct} />
              </li>
            ))}
          </ul>
        </>
      )}
      <details className="more">
        <summary>{t('trial.message')}</summary>
        <OtherMessage busy={busy} onAct={onAct} />
      </details>
    </>
  );
}

type SendProps = { name: string; example: Record<string, unknown>; busy: boolean; onAct: (act: Act) => void };

/** A message with what it brings: what a delivered scenario sends, until somebody writes something else. */
function Send({ name, example, busy, onAct }: SendProps) {
  const [text, setText] = useState(() => JSON.stringify(example, null, 2));
  const variables = parse(text);
  return (
    <>
      <details className="more">
        <summary>{t('trial.messageData')}</summary>
        <TextField
          label={t('trial.messageData')}
          hint={t('trial.messageDataHint')}
          value={text}
          onChange={setText}
          error={variables === null ? t('trial.answersBad') : undefined}
        />
      </details>
      <Button
        off={busy || name === '' || variables === null}
        onClick={() => onAct({ message: name, variables: variables ?? {} })}
      >
        {t('trial.send')}
      </Button>
    </>
  );
}

function OtherMessage({ busy, onAct }: Pick<SendProps, 'busy' | 'onAct'>) {
  const [name, setName] = useState('');
  return (
    <>
      <InputField label={t('trial.messageName')} value={name} onChange={setName} autoComplete="off" />
      <Send name={name.trim()} example={{}} busy={busy} onAct={onAct} />
    </>
  );
}

function Scenarios({ workspace, trials, ticks, onTick }: Omit<Props, 'onTokens'>) {
  const list = useLoad(`scenarios ${workspace.id}`, () => getScenarios(workspace.id));
  const results = trials.value?.items ?? [];
  const take = async (name: string) => {
    const answer = await deleteScenario(workspace.id, name);
    if (answer.ok) {
      list.reload();
      trials.again();
    }
  };
  const all: (Scenario | ScenarioResult)[] = results.length > 0 ? results : (list.value?.items ?? []);
  return (
    <div className="stack">
      <div className="row between">
        <h3>{t('trial.scenarios')}</h3>
        <Button onClick={trials.again}>{t('trial.run')}</Button>
      </div>
      {trials.busy && (
        <p className="small" role="status">
          {trials.value === null || trials.value.done
            ? t('publish.trialsRun')
            : t('trial.soFar', { done: results.length, all: trials.value.total })}
        </p>
      )}
      {all.length === 0 && !trials.busy && <p>{t('trial.noScenarios')}</p>}
      {trials.value === null && all.length > 0 && !trials.busy && <p className="small">{t('trial.firstFix')}</p>}
      <ul className="now-list">
        {all.map((one, index) => (
          <ScenarioRow
            key={`${one.name} ${index}`}
            name={one.name}
            shipped={one.shipped === true}
            result={'passed' in one ? one : undefined}
            {...{ ticks, onTick }}
            onDelete={() => void take(one.name)}
          />
        ))}
      </ul>
    </div>
  );
}

type ScenarioRowProps = Pick<Props, 'ticks' | 'onTick'> & {
  name: string;
  shipped: boolean;
  result: ScenarioResult | undefined;
  onDelete: () => void;
};

/**
 * One that came with the product may end otherwise in this office: its author says so by name, and the second person
 * reads it.
 */
function ScenarioRow({ name, shipped, result, ticks, onTick, onDelete }: ScenarioRowProps) {
  const tick = shipped && result?.passed === false ? result.tick : null;
  return (
    <li>
      <span>
        <b>{name}</b> {shipped && <span className="small quiet">{t('trial.shipped')}</span>}
        {result?.difference != null && <span className="small scenario-difference">{result.difference}</span>}
        {tick !== null && (
          <label className="tick small">
            <input type="checkbox" checked={ticks.has(tick)} onChange={(event) => onTick(tick, event.target.checked)} />
            {t('trial.accept')}
          </label>
        )}
      </span>
      <span className="row">
        {result !== undefined && (
          <Status kind={result.passed ? 'ok' : 'bad'}>{t(result.passed ? 'trial.passed' : 'trial.failed')}</Status>
        )}
        {!shipped && (
          <Button kind="quiet" aria-label={`${t('trial.delete')}: ${name}`} onClick={onDelete}>
            <TrashIcon />
          </Button>
        )}
      </span>
    </li>
  );
}

function Save(props: { workspace: Workspace; walk: Walk; onClose: () => void; onSaved: () => void }) {
  const { workspace, walk, onClose, onSaved } = props;
  const [name, setName] = useState('');
  return (
    <ActDialog
      title={t('trial.save')}
      act={t('trial.save')}
      run={() => saveScenario(workspace.id, { ...walk, name: name.trim(), files: workspace.read().files })}
      check={() => ({ name: name.trim() === '' ? t('trial.nameMissing') : undefined })}
      onClose={onClose}
      onDone={() => {
        toast(t('trial.saved'));
        onSaved();
        onClose();
      }}
    >
      {(errors) => (
        <>
          <p>{t('trial.saveFollows')}</p>
          <InputField label={t('trial.name')} value={name} onChange={setName} error={errors['name']} />
        </>
      )}
    </ActDialog>
  );
}
