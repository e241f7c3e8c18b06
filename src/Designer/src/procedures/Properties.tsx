/** The properties of what is chosen, in the words of who does the work. Technical names lie folded at the end. */
import { useMemo } from 'react';
import { ShieldIcon } from '../components/icons';
import { t, tCode } from '../i18n';
import type { CheckProblem, Files, Lock, Locked, Vocabulary } from './api';
import type { Element } from './bpmn';
import { isActivity, isEvent, isFlow, isGateway, isRoot, nameOf, typeOf } from './bpmn';
import type { Live } from './diagram';
import { documentationOf } from './model';
import { Line, PanelContext, useError, usePanel } from './panel';
import {
  CallFields,
  DecisionFields,
  EventFields,
  FlowFields,
  GatewayFields,
  JobFields,
  LoopFields,
  MappingFields,
  MessageFields,
  ProcessFields,
  ScriptFields,
  shortType,
} from './PropsOther';
import { TaskFields } from './PropsTask';
import { variablesOf } from './rules';

type Props = {
  live: Live;
  vocabulary: Vocabulary;
  files: Files;
  locked: Locked;
  problems: CheckProblem[];
  openFile: (name: string) => void;
};

/** What is chosen; nothing chosen is the procedure. A label stands for its element. */
export function chosenOf(live: Live): Element | undefined {
  if (!live.ready) return undefined;
  const found = live.selected === null ? undefined : live.element(live.selected);
  return found?.labelTarget ?? found ?? live.diagram.get('canvas').getRootElement();
}

export function Properties({ live, vocabulary, files, locked, problems, openFile }: Props) {
  const variables = useMemo(() => variablesOf(files), [files]);
  const element = chosenOf(live);
  if (element === undefined) return null;
  const own = problems.filter((one) => one.elementId === element.id);
  const locks = locked.elements[element.id] ?? [];
  const isProcess = isRoot(element);
  const name = nameOf(element) || (isProcess ? t('kind.process') : tCode('kind', shortType(element)));
  return (
    <PanelContext value={{ live, element, vocabulary, files, variables, locks, problems: own, openFile }}>
      <section className="card props" aria-labelledby="props-title" id="properties">
        <header>
          <h2 id="props-title" tabIndex={-1}>
            {name}
          </h2>
          <span className="quiet small">{isProcess ? t('kind.process') : tCode('kind', shortType(element))}</span>
        </header>
        <div className="card-body" key={element.id}>
          <Locks locks={locks} />
          <Name />
          <Special element={element} />
          <Technical />
        </div>
      </section>
    </PanelContext>
  );
}

function Locks({ locks }: { locks: Lock[] }) {
  if (locks.length === 0) return null;
  return (
    <ul className="locks">
      {locks.map((lock) => (
        <li className="lock" key={lock.article + lock.sentence}>
          <ShieldIcon />
          <span>
            <b>{lock.article}</b> {lock.sentence}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Name() {
  const { element, live } = usePanel();
  const error = useError('name');
  return (
    <Line
      property="name"
      label={t(isFlow(element) ? 'props.wayName' : 'props.name')}
      value={nameOf(element)}
      onCommit={(name) => live.writer.rename(element, name.trim())}
      error={error}
      optional={isFlow(element)}
    />
  );
}

/** The words of the problems that no field of the panel shows. */
function Special({ element }: { element: Element }) {
  if (isRoot(element)) return <ProcessFields />;
  if (isFlow(element)) return <FlowFields />;
  if (isGateway(element)) return <GatewayFields />;
  if (isEvent(element)) return <EventFields />;
  return (
    <>
      {typeOf(element) === 'bpmn:UserTask' && <TaskFields />}
      {typeOf(element) === 'bpmn:CallActivity' && <CallFields />}
      {typeOf(element) === 'bpmn:BusinessRuleTask' && <DecisionFields />}
      {typeOf(element) === 'bpmn:ReceiveTask' && <MessageFields />}
      {typeOf(element) === 'bpmn:ScriptTask' && <ScriptFields />}
      {/^bpmn:(Service|Send)Task$/.test(typeOf(element)) && <JobFields />}
      {isActivity(element) && <LoopFields />}
    </>
  );
}

function Technical() {
  const { element, live } = usePanel();
  const hasData = isActivity(element) || isEvent(element);
  return (
    <details className="more technical">
      <summary>{t('props.technical')}</summary>
      <Line
        property="id"
        label={t('props.id')}
        value={element.businessObject.id}
        onCommit={(id) => {
          if (/^[A-Za-z_][\w.-]*$/.test(id) && live.element(id) === undefined) live.writer.set(element, { id });
        }}
        hint={t('props.idHint')}
      />
      <Line
        property="documentation"
        label={t('props.documentation')}
        long
        value={documentationOf(element)}
        onCommit={(text) => live.writer.documentation(element, text)}
        optional
      />
      {hasData && <MappingFields />}
    </details>
  );
}
