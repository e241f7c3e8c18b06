/** The model as a table: steps, who, when, where next. Equal in power to the drawing, and all of it by keyboard. */
import { useEffect, useState } from 'react';
import { Button } from '../components/basics';
import { SelectField, type Option } from '../components/fields';
import { PlusIcon, TrashIcon } from '../components/icons';
import { t, tCode } from '../i18n';
import type { Locked } from './api';
import type { Element } from './bpmn';
import { isActivity, isFlow, isRoot, nameOf, typeOf } from './bpmn';
import {
  addAfter,
  addApart,
  attachable,
  attachTo,
  connect,
  duplicate,
  groupsOf,
  kindsFor,
  moveInto,
  redirect,
  remove,
  replace,
  stepsOf,
  targetsOf,
  waysOf,
} from './commands';
import type { Live } from './diagram';
import { isBoundary, type Kind } from './elements';
import { conditionOf, extensionValue, isDefaultFlow } from './model';
import { chosenOf } from './Properties';
import { shortType, wayWords } from './PropsOther';
import { assignmentWords } from './PropsTask';
import { conditionWords, readTerm, termWords, type Variable } from './rules';

type Props = {
  live: Live;
  kinds: readonly Kind[];
  locked: Locked;
  variables: ReadonlyMap<string, Variable>;
};

const stepName = (element: Element) => nameOf(element) || tCode('kind', shortType(element));

export function Outline({ live, kinds, locked, variables }: Props) {
  if (!live.ready) return null;
  const steps = stepsOf(live.diagram);
  const chosen = chosenOf(live);
  return (
    <section className="card outline" aria-labelledby="outline-title">
      <header>
        <h2 id="outline-title">{t('outline.title')}</h2>
        <span className="small quiet">{t('outline.count', { n: steps.length })}</span>
      </header>
      <Acts live={live} kinds={kinds} chosen={chosen} />
      <table className="table" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {(['step', 'kind', 'who', 'term', 'next'] as const).map((column) => (
              <th key={column} role="columnheader" scope="col">
                {t(`outline.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {steps.map((step) => (
            <Step
              key={step.id}
              step={step}
              live={live}
              isLocked={(locked.elements[step.id] ?? []).length > 0}
              variables={variables}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

const ACTS = 'outline-acts';

/** From the chosen row straight to what can be done with it and to what it says, past all other rows. */
function Jumps({ name }: { name: string }) {
  const to = (place: string) => document.getElementById(place)?.focus();
  return (
    <span className="row-jumps">
      <button type="button" className="chip" aria-label={t('outline.actsOf', { name })} onClick={() => to(ACTS)}>
        {t('outline.toActs')}
      </button>
      <button
        type="button"
        className="chip"
        aria-label={t('outline.propsOf', { name })}
        onClick={() => to('props-title')}
      >
        {t('outline.toProps')}
      </button>
    </span>
  );
}

type StepProps = { step: Element; live: Live; isLocked: boolean; variables: ReadonlyMap<string, Variable> };

function Step({ step, live, isLocked, variables }: StepProps) {
  const isTask = typeOf(step) === 'bpmn:UserTask';
  const term = termWords(readTerm(extensionValue(step, 'zeebe:TaskSchedule', 'dueDate')));
  const inside = step.parent != null && !isRoot(step.parent) ? stepName(step.parent) : null;
  return (
    <tr role="row" className={live.selected === step.id ? 'chosen' : undefined}>
      <th role="rowheader" scope="row">
        <button
          type="button"
          className="row-button"
          aria-pressed={live.selected === step.id}
          onClick={() => live.select(step.id)}
        >
          {stepName(step)}
        </button>
        {live.selected === step.id && <Jumps name={stepName(step)} />}
        {isLocked && <span className="rule-count small"> {t('canvas.law')}</span>}
        {inside !== null && <span className="small quiet"> {t('outline.inside', { group: inside })}</span>}
        {step.host !== undefined && (
          <span className="small quiet"> {t('outline.at', { step: stepName(step.host) })}</span>
        )}
      </th>
      <td role="cell" data-l={t('outline.kind')}>
        {tCode('kind', shortType(step))}
      </td>
      <td role="cell" data-l={t('outline.who')}>
        {isTask ? assignmentWords(step) : ''}
      </td>
      <td role="cell" data-l={t('outline.term')}>
        {isTask ? term : ''}
      </td>
      <td role="cell" data-l={t('outline.next')}>
        <ul>
          {waysOf(step).map((flow) => (
            <li key={flow.id}>
              <button
                type="button"
                className="row-button"
                aria-pressed={live.selected === flow.id}
                aria-label={t('outline.way', { to: wayWords(flow) })}
                onClick={() => live.select(flow.id)}
              >
                {wayWords(flow)}
              </button>
              {live.selected === flow.id && <Jumps name={wayWords(flow)} />}
              <span className="small quiet">
                {' '}
                {isDefaultFlow(flow) ? t('flow.otherwise') : conditionWords(conditionOf(flow), variables)}
              </span>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

type ActsProps = { live: Live; kinds: readonly Kind[]; chosen: Element | undefined };

/** What can be done with the chosen step or way. */
function Acts({ live, kinds, chosen }: ActsProps) {
  const { diagram } = live;
  const [acted, setActed] = useState(0);
  const go = (element: Element | undefined) => {
    live.select(element?.id ?? null);
    setActed((n) => n + 1);
  };
  // The button of an act may be gone with what it acted on: then the place of the acts is where one goes on.
  useEffect(() => {
    if (acted > 0 && document.activeElement === document.body) document.getElementById(ACTS)?.focus();
  }, [acted]);
  const title = (name: string) => (
    <p className="strong" id={ACTS} tabIndex={-1}>
      {name}
    </p>
  );
  const toOptions = (list: readonly Kind[]): Option[] => list.map((one) => ({ value: one.id, label: t(one.label) }));
  const steps = (list: Element[]): Option[] => list.map((one) => ({ value: one.id, label: stepName(one) }));
  const kind = (id: string) => kinds.find((one) => one.id === id);
  const placed = kinds.filter((one) => !isBoundary(one));
  const act = (id: string, list: readonly Kind[], run: (kind: Kind) => Element | undefined) => (
    <Pick
      id={id}
      options={toOptions(list)}
      onPick={(value) => {
        const wanted = kind(value);
        if (wanted !== undefined) go(run(wanted));
      }}
    />
  );
  if (chosen === undefined || isRoot(chosen)) {
    return (
      <div className="outline-acts">
        {title(t('kind.process'))}
        {act('addApart', placed, (one) => addApart(diagram, one))}
      </div>
    );
  }
  if (isFlow(chosen)) {
    const { source } = chosen;
    return (
      <div className="outline-acts">
        {title(wayWords(chosen))}
        {source !== undefined && (
          <Pick
            id="redirect"
            options={steps(targetsOf(diagram, source))}
            onPick={(value) => {
              const to = live.element(value);
              if (to !== undefined) redirect(diagram, chosen, to);
            }}
          />
        )}
        <Remove live={live} element={chosen} onRemoved={() => go(undefined)} />
      </div>
    );
  }
  const isEnd = typeOf(chosen) === 'bpmn:EndEvent';
  const groups = groupsOf(diagram).filter((one) => one !== chosen);
  return (
    <div className="outline-acts">
      {title(stepName(chosen))}
      {!isEnd &&
        act(
          'addAfter',
          placed.filter((one) => !one.id.startsWith('start')),
          (one) => addAfter(diagram, chosen, one),
        )}
      {!isEnd && (
        <Pick
          id="connect"
          options={steps(targetsOf(diagram, chosen))}
          onPick={(value) => {
            const to = live.element(value);
            if (to !== undefined) go(connect(diagram, chosen, to));
          }}
        />
      )}
      {act('replace', kindsFor(kinds, chosen), (one) => replace(diagram, chosen, one))}
      {isActivity(chosen) && act('attachTo', attachable(kinds), (one) => attachTo(diagram, chosen, one))}
      {typeOf(chosen) === 'bpmn:SubProcess' && act('addInside', placed, (one) => addApart(diagram, one, chosen))}
      {groups.length > 0 && chosen.host === undefined && (
        <Pick
          id="moveInto"
          options={[{ value: '-', label: t('outline.outside') }, ...steps(groups)]}
          onPick={(value) => moveInto(diagram, chosen, value === '-' ? undefined : live.element(value))}
        />
      )}
      <Button onClick={() => go(duplicate(diagram, chosen))}>{t('outline.act.duplicate')}</Button>
      <Remove live={live} element={chosen} onRemoved={() => go(undefined)} />
      <Button kind="quiet" onClick={() => go(undefined)}>
        {t('outline.whole')}
      </Button>
    </div>
  );
}

function Remove({ live, element, onRemoved }: { live: Live; element: Element; onRemoved: () => void }) {
  return (
    <Button
      kind="danger"
      onClick={() => {
        if (remove(live.diagram, element)) onRemoved();
      }}
    >
      <TrashIcon />
      {t('outline.act.remove')}
    </Button>
  );
}

type PickId = 'addAfter' | 'addApart' | 'addInside' | 'attachTo' | 'connect' | 'moveInto' | 'redirect' | 'replace';
type PickProps = { id: string; options: Option[]; onPick: (value: string) => void };

/** A choice and its button: nothing happens on the way through the list by arrow keys. */
function Pick({ id, options, onPick }: PickProps) {
  const [value, setValue] = useState('');
  const chosen = options.some((one) => one.value === value) ? value : (options[0]?.value ?? '');
  const label = t(`outline.act.${id as PickId}`);
  return (
    <div className="pick">
      <SelectField label={label} value={chosen} options={options} onChange={setValue} />
      <Button aria-label={label} off={chosen === ''} onClick={() => onPick(chosen)}>
        <PlusIcon />
      </Button>
    </div>
  );
}
