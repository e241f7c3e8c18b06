/** Everything but a task of a person: ways and their conditions, waiting, messages, other procedures, tables, jobs. */
import { Button } from '../components/basics';
import { ChoiceField, SelectField } from '../components/fields';
import { TrashIcon } from '../components/icons';
import { t, tCode } from '../i18n';
import type { Element } from './bpmn';
import { eventKind, nameOf, typeOf } from './bpmn';
import { FeelLine } from './Feel';
import {
  codeOf,
  conditionOf,
  extensionValue,
  headers,
  isDefaultFlow,
  loopOf,
  mappings,
  messageOf,
  property,
  TIMERS,
  timerOf,
  type Mapping,
  type Pair,
} from './model';
import { decisionOptions } from './options';
import { Line, Property, useError, usePanel } from './panel';
import { conditionWords, literal, OPERATORS, plainValue, readCondition, writeCondition, type Row } from './rules';

/** The condition of a way: rows in words, or FEEL as it is. */
export function FlowFields() {
  const { element, live } = usePanel();
  const { source } = element;
  const feel = conditionOf(element);
  const condition = readCondition(feel);
  const error = useError('conditionExpression');
  const isDefault = isDefaultFlow(element);
  if (source === undefined || !/Gateway$|Task$|CallActivity$|SubProcess$/.test(typeOf(source))) return null;
  const setDefault = (on: boolean) => {
    if (on && feel !== '') live.writer.condition(element, '');
    live.writer.defaultFlow(source, on ? element : null);
  };
  if (typeOf(source) === 'bpmn:ParallelGateway' || typeOf(source) === 'bpmn:EventBasedGateway') {
    return <p className="hint">{t('flow.always')}</p>;
  }
  return (
    <Property name="conditionExpression">
      <label className="choice">
        <input type="checkbox" checked={isDefault} onChange={(event) => setDefault(event.target.checked)} />
        {t('flow.default')}
      </label>
      {!isDefault && (
        <>
          {condition !== null && <Builder rows={condition.rows} join={condition.join} error={error} />}
          <details className="more" open={condition === null}>
            <summary>{t('flow.raw')}</summary>
            <FeelLine
              key={element.id}
              label={t('flow.feel')}
              value={feel}
              onCommit={(next) => live.writer.condition(element, next)}
              error={condition === null ? error : undefined}
            />
          </details>
        </>
      )}
    </Property>
  );
}

type BuilderProps = { rows: Row[]; join: 'and' | 'or'; error: string | undefined };

function Builder({ rows, join, error }: BuilderProps) {
  const { element, live, variables } = usePanel();
  const put = (next: Row[], by = join) => live.writer.condition(element, writeCondition({ join: by, rows: next }));
  const change = (at: number, row: Partial<Row>) =>
    put(rows.map((one, index) => (index === at ? { ...one, ...row } : one)));
  const known = [...variables.values()];
  const first = known[0];
  return (
    <fieldset className="builder">
      <legend className="label">{t('flow.when')}</legend>
      {error !== undefined && <p className="error">{error}</p>}
      {rows.length === 0 && <p className="hint">{t('flow.noCondition')}</p>}
      {rows.map((row, at) => {
        const variable = variables.get(row.variable);
        const options = known.map((one) => ({ value: one.key, label: one.label }));
        if (variable === undefined) options.unshift({ value: row.variable, label: row.variable });
        const answers = variable?.options ?? [];
        return (
          <div className="builder-row" key={`${element.id} ${at}`}>
            <SelectField
              label={t('flow.variable')}
              value={row.variable}
              options={options}
              onChange={(name) => {
                const [answer] = variables.get(name)?.options ?? [];
                change(at, { variable: name, ...(answer === undefined ? {} : { value: literal(answer.value) }) });
              }}
            />
            <SelectField
              label={t('flow.operator')}
              value={row.operator}
              options={OPERATORS.map((value) => ({ value, label: tCode('operator', value) }))}
              onChange={(operator) => change(at, { operator })}
            />
            {answers.some((one) => one.value === plainValue(row.value)) ? (
              <SelectField
                label={t('flow.value')}
                value={plainValue(row.value)}
                options={answers}
                onChange={(value) => change(at, { value: literal(value) })}
              />
            ) : (
              <Line
                label={t('flow.value')}
                value={plainValue(row.value)}
                onCommit={(value) => change(at, { value: literal(value) })}
              />
            )}
            <Button
              kind="quiet"
              aria-label={t('flow.removeRow', { n: at + 1 })}
              onClick={() => put(rows.filter((_, index) => index !== at))}
            >
              <TrashIcon />
            </Button>
          </div>
        );
      })}
      {rows.length > 1 && (
        <SelectField
          label={t('flow.join')}
          value={join}
          options={(['and', 'or'] as const).map((value) => ({ value, label: t(`flow.join.${value}`) }))}
          onChange={(value) => put(rows, value === 'or' ? 'or' : 'and')}
        />
      )}
      <Button
        onClick={() =>
          put([
            ...rows,
            { variable: first?.key ?? 'x', operator: '=', value: literal(first?.options[0]?.value ?? 'true') },
          ])
        }
      >
        {t('flow.addRow')}
      </Button>
    </fieldset>
  );
}

export function GatewayFields() {
  const { element, live, variables } = usePanel();
  if (element.outgoing.length === 0) return <p className="hint">{t('gateway.none')}</p>;
  return (
    <div className="field">
      <p className="label">{t('gateway.ways')}</p>
      <ol className="way-list">
        {element.outgoing.map((flow) => (
          <li key={flow.id}>
            <Button kind="quiet" onClick={() => live.select(flow.id)}>
              {wayWords(flow)}
            </Button>
            <span className="small quiet">
              {isDefaultFlow(flow) ? t('flow.otherwise') : conditionWords(conditionOf(flow), variables)}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** "tak: Umów wizytę" */
export function wayWords(flow: Element): string {
  const to = flow.target === undefined ? '' : nameOf(flow.target) || tCode('kind', shortType(flow.target));
  return nameOf(flow) === '' ? to : `${nameOf(flow)}: ${to}`;
}

/** `userTask` of `bpmn:UserTask`. */
export function shortType(element: Element): string {
  const plain = typeOf(element).replace(/^bpmn:/, '');
  const kind = eventKind(element);
  const lower = plain.charAt(0).toLowerCase() + plain.slice(1);
  if (kind === null) return lower === 'intermediateThrowEvent' ? 'throwNone' : lower;
  const prefix =
    { StartEvent: 'start', EndEvent: 'end', BoundaryEvent: 'boundary', IntermediateCatchEvent: 'catch' }[plain] ??
    'throw';
  return `${prefix}${kind}`;
}

export function EventFields() {
  const { element, live } = usePanel();
  const kind = eventKind(element);
  const timerError = useError('timer');
  const codeError = useError('code');
  const interrupts = element.businessObject.get<boolean | undefined>('cancelActivity');
  return (
    <>
      {typeOf(element) === 'bpmn:BoundaryEvent' && kind !== 'Error' && (
        <Property name="cancelActivity">
          <ChoiceField
            label={t('event.interrupts')}
            value={interrupts === false ? 'no' : 'yes'}
            options={(['yes', 'no'] as const).map((value) => ({ value, label: t(`event.interrupts.${value}`) }))}
            onChange={(value) => live.writer.set(element, { cancelActivity: value === 'yes' })}
          />
        </Property>
      )}
      {kind === 'Timer' && <TimerFields error={timerError} />}
      {kind === 'Message' && !/Throw|EndEvent/.test(typeOf(element)) && <MessageFields />}
      {kind === 'Message' && /Throw|EndEvent/.test(typeOf(element)) && <JobFields />}
      {(kind === 'Error' || kind === 'Escalation') && (
        <Line
          key={element.id}
          property="code"
          label={t('event.code')}
          hint={t('event.codeHint')}
          value={codeOf(element, kind)}
          onCommit={(code) => live.writer.code(element, kind, code)}
          error={codeError}
        />
      )}
    </>
  );
}

function TimerFields({ error }: { error: string | undefined }) {
  const { element, live } = usePanel();
  const timer = timerOf(element);
  return (
    <Property name="timer">
      <SelectField
        label={t('timer.label')}
        value={timer.kind}
        options={TIMERS.map((value) => ({ value, label: t(`timer.${value}`) }))}
        onChange={(value) =>
          live.writer.timer(element, TIMERS.find((one) => one === value) ?? 'timeDuration', timer.text)
        }
      />
      <FeelLine
        key={element.id}
        label={t('timer.text')}
        hint={t(`timer.hint.${timer.kind}`)}
        value={timer.text}
        onCommit={(text) => live.writer.timer(element, timer.kind, text)}
        error={error}
      />
    </Property>
  );
}

export function MessageFields() {
  const { element, live } = usePanel();
  const message = messageOf(element);
  const error = useError('message');
  return (
    <Property name="message">
      <Line
        key={`${element.id} name`}
        label={t('message.name')}
        hint={t('message.hint')}
        value={message.name}
        onCommit={(name) => live.writer.message(element, name, message.correlationKey || '=caseNo')}
        error={error}
      />
      {message.name !== '' && (
        <FeelLine
          key={`${element.id} key`}
          label={t('message.key')}
          value={message.correlationKey}
          onCommit={(key) => live.writer.message(element, message.name, key)}
        />
      )}
    </Property>
  );
}

export function CallFields() {
  const { element, live, vocabulary } = usePanel();
  const processId = extensionValue(element, 'zeebe:CalledElement', 'processId');
  const error = useError('processId');
  const options = vocabulary.processes.map((one) => ({ value: one.id, label: one.name }));
  if (processId !== '' && !options.some((one) => one.value === processId)) {
    options.unshift({ value: processId, label: processId });
  }
  return (
    <Property name="processId">
      <SelectField
        label={t('call.label')}
        value={processId}
        none={t('call.none')}
        options={options}
        onChange={(value) =>
          live.writer.extension(element, 'zeebe:CalledElement', { processId: value, bindingType: 'deployment' })
        }
        error={error}
      />
    </Property>
  );
}

export function DecisionFields() {
  const { element, live, vocabulary, files, openFile } = usePanel();
  const decisionId = extensionValue(element, 'zeebe:CalledDecision', 'decisionId');
  const error = useError('decisionId');
  const own = Object.keys(files).find(
    (name) => name.endsWith('.dmn') && (files[name] ?? '').includes(`id="${decisionId}"`),
  );
  const known = decisionOptions(files, vocabulary.decisions, decisionId);
  return (
    <>
      <Property name="decisionId">
        <SelectField
          label={t('decision.label')}
          value={decisionId}
          none={t('decision.none')}
          options={known}
          onChange={(value) =>
            live.writer.extension(element, 'zeebe:CalledDecision', { decisionId: value, bindingType: 'deployment' })
          }
          error={error}
        />
        {own !== undefined && decisionId !== '' && (
          <Button kind="quiet" onClick={() => openFile(own)}>
            {t('decision.open')}
          </Button>
        )}
      </Property>
      <Line
        key={element.id}
        property="resultVariable"
        label={t('decision.result')}
        value={extensionValue(element, 'zeebe:CalledDecision', 'resultVariable')}
        onCommit={(resultVariable) => live.writer.extension(element, 'zeebe:CalledDecision', { resultVariable })}
      />
    </>
  );
}

const JOBS = [
  'procedure.start',
  'message.publish',
  'mail-address.restore',
  'assistant.release',
  'cases.migrate',
] as const;

export function JobFields() {
  const { element, live, vocabulary } = usePanel();
  const type = extensionValue(element, 'zeebe:TaskDefinition', 'type');
  const error = useError('type');
  const pairs = headers(element);
  const isKnown = JOBS.some((one) => one === type);
  const header = (key: string) => pairs.find((one) => one.key === key)?.value ?? '';
  const setHeader = (key: string, value: string) => {
    const others = pairs.filter((one) => one.key !== key);
    live.writer.headers(element, value === '' ? others : [{ key, value }, ...others]);
  };
  return (
    <>
      <Property name="type">
        <SelectField
          label={t('job.label')}
          value={isKnown ? type : type === '' ? '' : 'other'}
          none={t('job.none')}
          options={[
            ...JOBS.map((value) => ({ value, label: t(`job.${value}`) })),
            { value: 'other', label: t('job.other') },
          ]}
          onChange={(value) => live.writer.extension(element, 'zeebe:TaskDefinition', { type: value })}
          error={error}
        />
      </Property>
      {type === 'procedure.start' && (
        <SelectField
          label={t('call.label')}
          value={header('processId')}
          none={t('call.none')}
          options={vocabulary.processes.map((one) => ({ value: one.id, label: one.name }))}
          onChange={(value) => setHeader('processId', value)}
        />
      )}
      {!isKnown && type !== '' && (
        <Line
          key={element.id}
          label={t('job.type')}
          value={type === 'other' ? '' : type}
          onCommit={(value) => live.writer.extension(element, 'zeebe:TaskDefinition', { type: value })}
        />
      )}
      <Pairs
        label={t('job.headers')}
        rows={pairs.filter((one) => type !== 'procedure.start' || one.key !== 'processId')}
        onChange={(rows) =>
          live.writer.headers(element, [
            ...pairs.filter((one) => type === 'procedure.start' && one.key === 'processId'),
            ...rows,
          ])
        }
      />
    </>
  );
}

/** A list of names and values. */
function Pairs({ label, rows, onChange }: { label: string; rows: Pair[]; onChange: (rows: Pair[]) => void }) {
  const { element } = usePanel();
  const change = (at: number, next: Partial<Pair>) =>
    onChange(rows.map((one, index) => (index === at ? { ...one, ...next } : one)));
  return (
    <fieldset className="builder">
      <legend className="label">{label}</legend>
      {rows.map((row, at) => (
        <div className="builder-row pair" key={`${element.id} ${at}`}>
          <Line label={t('pair.key')} value={row.key} onCommit={(key) => change(at, { key })} />
          <FeelLine label={t('pair.value')} value={row.value} onCommit={(value) => change(at, { value })} />
          <Button
            kind="quiet"
            aria-label={t('flow.removeRow', { n: at + 1 })}
            onClick={() => onChange(rows.filter((_, index) => index !== at))}
          >
            <TrashIcon />
          </Button>
        </div>
      ))}
      <Button onClick={() => onChange([...rows, { key: '', value: '' }])}>{t('pair.add')}</Button>
    </fieldset>
  );
}

/** What goes into a step and what comes out: for those who know the variables. */
export function MappingFields() {
  const { element, live } = usePanel();
  return (
    <Property name="mapping">
      {(['inputParameters', 'outputParameters'] as const).map((way) => (
        <Pairs
          key={way}
          label={t(`mapping.${way}`)}
          rows={mappings(element, way).map((one: Mapping) => ({ key: one.target, value: one.source }))}
          onChange={(rows) =>
            live.writer.mappings(
              element,
              way,
              rows.map((one) => ({ target: one.key, source: one.value })),
            )
          }
        />
      ))}
    </Property>
  );
}

export function LoopFields() {
  const { element, live } = usePanel();
  const loop = loopOf(element);
  const value = loop === null ? 'once' : loop.sequential ? 'sequential' : 'parallel';
  const error = useError('loopCharacteristics');
  const choose = (next: string) => {
    if (next === 'once') live.writer.loop(element, null);
    else {
      live.writer.loop(element, {
        inputCollection: loop?.inputCollection ?? '=',
        inputElement: loop?.inputElement ?? '',
        sequential: next === 'sequential',
      });
    }
  };
  return (
    <Property name="loopCharacteristics">
      <SelectField
        label={t('loop.label')}
        value={value}
        options={(['once', 'parallel', 'sequential'] as const).map((one) => ({ value: one, label: t(`loop.${one}`) }))}
        onChange={choose}
        error={error}
      />
      {loop !== null && (
        <>
          <FeelLine
            key={`${element.id} list`}
            label={t('loop.list')}
            value={loop.inputCollection}
            onCommit={(inputCollection) => live.writer.loop(element, { ...loop, inputCollection })}
          />
          <Line
            key={`${element.id} one`}
            label={t('loop.one')}
            value={loop.inputElement}
            onCommit={(inputElement) => live.writer.loop(element, { ...loop, inputElement })}
          />
        </>
      )}
    </Property>
  );
}

export function ScriptFields() {
  const { element, live } = usePanel();
  return (
    <>
      <FeelLine
        key={`${element.id} script`}
        property="script"
        label={t('script.expression')}
        value={extensionValue(element, 'zeebe:Script', 'expression')}
        onCommit={(expression) => live.writer.extension(element, 'zeebe:Script', { expression })}
      />
      <Line
        key={`${element.id} result`}
        property="resultVariable"
        label={t('decision.result')}
        value={extensionValue(element, 'zeebe:Script', 'resultVariable')}
        onCommit={(resultVariable) => live.writer.extension(element, 'zeebe:Script', { resultVariable })}
      />
    </>
  );
}

/** The procedure itself, when nothing on the drawing is chosen. */
export function ProcessFields() {
  const { element, live, vocabulary } = usePanel();
  const roles = property(element, 'startableBy')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  const options = [
    { value: 'staff', label: t('process.staff') },
    ...vocabulary.roles.map((role) => ({ value: role.id, label: role.name })),
  ];
  return (
    <details className="more">
      <summary>{t('process.startable')}</summary>
      <Property name="startableBy">
        <ChoiceField
          label={t('process.startableBy')}
          many
          value={roles}
          options={options}
          onChange={(next) => live.writer.properties(element, { startableBy: next.join(', ') })}
        />
      </Property>
    </details>
  );
}
