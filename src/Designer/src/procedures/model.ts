/**
 * Reads and writes what docs/extensions.md lets a procedure say. Every change is a command of bpmn-js, so that it can
 * be undone;
 * one change of a person is one command where bpmn-js allows it.
 */
import type { Diagram, Element, Moddle, Services } from './bpmn';

type Values = Record<string, unknown>;

const extensionsOf = (owner: Moddle): Moddle | undefined => owner.get<Moddle | undefined>('extensionElements');

/** The extension of this type at an element, or at a message. */
export function extension(owner: Moddle, type: string): Moddle | undefined {
  const values = extensionsOf(owner)?.get<Moddle[] | undefined>('values') ?? [];
  return values.find((one) => one.$type === type);
}

export function extensionValue(element: Element, type: string, name: string): string {
  return extension(element.businessObject, type)?.get<string | undefined>(name) ?? '';
}

/** A property of the vocabulary, '' where there is none. */
export function property(element: Element, name: string): string {
  const list = extension(element.businessObject, 'zeebe:Properties')?.get<Moddle[] | undefined>('properties') ?? [];
  return list.find((one) => one.get('name') === name)?.get<string | undefined>('value') ?? '';
}

export type Pair = { key: string; value: string };
export type Mapping = { source: string; target: string };

export const headers = (element: Element): Pair[] =>
  (extension(element.businessObject, 'zeebe:TaskHeaders')?.get<Moddle[] | undefined>('values') ?? []).map((one) => ({
    key: one.get<string | undefined>('key') ?? '',
    value: one.get<string | undefined>('value') ?? '',
  }));

export const mappings = (element: Element, way: 'inputParameters' | 'outputParameters'): Mapping[] =>
  (extension(element.businessObject, 'zeebe:IoMapping')?.get<Moddle[] | undefined>(way) ?? []).map((one) => ({
    source: one.get<string | undefined>('source') ?? '',
    target: one.get<string | undefined>('target') ?? '',
  }));

/** Writes to one diagram. */
export class Writer {
  private readonly services: Pick<Services, 'modeling' | 'bpmnFactory'>;
  private readonly diagram: Diagram;

  constructor(diagram: Diagram) {
    this.diagram = diagram;
    this.services = { modeling: diagram.get('modeling'), bpmnFactory: diagram.get('bpmnFactory') };
  }

  private create(type: string, values: Values, parent?: Moddle): Moddle {
    const made = this.services.bpmnFactory.create(type, values);
    if (parent !== undefined) made.$parent = parent;
    return made;
  }

  rename(element: Element, name: string): void {
    this.services.modeling.updateProperties(element, { name: name === '' ? undefined : name });
  }

  set(element: Element, values: Values): void {
    this.services.modeling.updateProperties(element, values);
  }

  /** Sets attributes of an extension; `null` takes the whole extension away. */
  extension(element: Element, type: string, values: Values | null, owner: Moddle = element.businessObject): void {
    const all = extensionsOf(owner);
    const found = extension(owner, type);
    const { modeling } = this.services;
    if (values === null) {
      if (all === undefined || found === undefined) return;
      const left = all.get<Moddle[]>('values').filter((one) => one !== found);
      modeling.updateModdleProperties(element, all, { values: left });
    } else if (found !== undefined) {
      modeling.updateModdleProperties(element, found, values);
    } else if (all !== undefined) {
      const made = this.create(type, values, all);
      modeling.updateModdleProperties(element, all, { values: [...all.get<Moddle[]>('values'), made] });
    } else {
      const made = this.create(type, values);
      const extensionElements = this.create('bpmn:ExtensionElements', { values: [made] }, owner);
      made.$parent = extensionElements;
      modeling.updateModdleProperties(element, owner, { extensionElements });
    }
  }

  /** Several properties of the vocabulary at once; '' takes one away. */
  properties(element: Element, changes: Record<string, string>): void {
    const found = extension(element.businessObject, 'zeebe:Properties');
    const kept = (found?.get<Moddle[] | undefined>('properties') ?? []).filter((one) => {
      const value = changes[one.get<string>('name')];
      return value !== '';
    });
    const next = kept.map((one) => {
      const value = changes[one.get<string>('name')];
      return value === undefined ? one : this.create('zeebe:Property', { name: one.get('name'), value }, found);
    });
    const known = new Set(kept.map((one) => one.get<string>('name')));
    for (const [name, value] of Object.entries(changes)) {
      if (value !== '' && !known.has(name)) next.push(this.create('zeebe:Property', { name, value }, found));
    }
    this.extension(element, 'zeebe:Properties', next.length === 0 ? null : { properties: next });
  }

  headers(element: Element, pairs: Pair[]): void {
    const values = pairs.map((one) => this.create('zeebe:Header', one));
    this.extension(element, 'zeebe:TaskHeaders', values.length === 0 ? null : { values });
  }

  mappings(element: Element, way: 'inputParameters' | 'outputParameters', rows: Mapping[]): void {
    const type = way === 'inputParameters' ? 'zeebe:Input' : 'zeebe:Output';
    this.extension(element, 'zeebe:IoMapping', { [way]: rows.map((one) => this.create(type, one)) });
  }

  /** FEEL of a flow, with its `=`; '' makes it unconditional. */
  condition(flow: Element, feel: string): void {
    const conditionExpression = feel === '' ? undefined : this.create('bpmn:FormalExpression', { body: feel });
    this.services.modeling.updateProperties(flow, { conditionExpression });
  }

  /** The flow taken when no condition holds. */
  defaultFlow(node: Element, flow: Element | null): void {
    this.services.modeling.updateProperties(node, { default: flow?.businessObject });
  }

  timer(element: Element, kind: TimerKind, text: string): void {
    const definition = definitionOf(element);
    if (definition === undefined) return;
    const values: Values = { timeDate: undefined, timeDuration: undefined, timeCycle: undefined };
    values[kind] = this.create('bpmn:FormalExpression', { body: text }, definition);
    this.services.modeling.updateModdleProperties(element, definition, values);
  }

  /** The message of an event or a receive task; the one of this name is shared, a new one is made. */
  message(element: Element, name: string, correlationKey: string): void {
    const owner = definitionOf(element) ?? element.businessObject;
    const message = this.root('bpmn:Message', name);
    this.services.modeling.updateModdleProperties(element, owner, { messageRef: message });
    this.extension(element, 'zeebe:Subscription', { correlationKey }, message);
  }

  /** The error or escalation of an event, by its code. */
  code(element: Element, kind: 'Error' | 'Escalation', code: string): void {
    const definition = definitionOf(element);
    if (definition === undefined) return;
    const lower = kind.toLowerCase();
    const known = this.roots().find((one) => one.$type === `bpmn:${kind}` && one.get(`${lower}Code`) === code);
    const made = known ?? this.addRoot(this.create(`bpmn:${kind}`, { name: code, [`${lower}Code`]: code }));
    this.services.modeling.updateModdleProperties(element, definition, { [`${lower}Ref`]: made });
  }

  documentation(element: Element, text: string): void {
    const documentation = text === '' ? [] : [this.create('bpmn:Documentation', { text }, element.businessObject)];
    this.services.modeling.updateProperties(element, { documentation });
  }

  /** For each of a list: `null` is once. */
  loop(element: Element, wanted: Loop | null): void {
    if (wanted === null) {
      this.services.modeling.updateProperties(element, { loopCharacteristics: undefined });
      return;
    }
    const { sequential, ...values } = wanted;
    const zeebe = this.create('zeebe:LoopCharacteristics', values);
    const extensionElements = this.create('bpmn:ExtensionElements', { values: [zeebe] });
    const loopCharacteristics = this.create('bpmn:MultiInstanceLoopCharacteristics', {
      isSequential: sequential,
      extensionElements,
    });
    this.services.modeling.updateProperties(element, { loopCharacteristics });
  }

  private roots(): Moddle[] {
    let top = this.diagram.get('canvas').getRootElement().businessObject;
    while (top.$parent !== undefined && top.$type !== 'bpmn:Definitions') top = top.$parent;
    return top.get<Moddle[]>('rootElements');
  }

  private addRoot(made: Moddle): Moddle {
    let top = this.diagram.get('canvas').getRootElement().businessObject;
    while (top.$parent !== undefined && top.$type !== 'bpmn:Definitions') top = top.$parent;
    made.$parent = top;
    // A message nobody refers to changes nothing, so it need not be taken back with the command.
    top.get<Moddle[]>('rootElements').push(made);
    return made;
  }

  private root(type: string, name: string): Moddle {
    return (
      this.roots().find((one) => one.$type === type && one.get('name') === name) ??
      this.addRoot(this.create(type, { name }))
    );
  }
}

export type TimerKind = 'timeDate' | 'timeDuration' | 'timeCycle';
export const TIMERS: readonly TimerKind[] = ['timeDuration', 'timeDate', 'timeCycle'];
export type Loop = { sequential: boolean; inputCollection: string; inputElement: string };

/** The definition of an event; a receive task has its message itself. */
export function definitionOf(element: Element): Moddle | undefined {
  const list = element.businessObject.get<Moddle[] | undefined>('eventDefinitions');
  return list?.[0];
}

export function timerOf(element: Element): { kind: TimerKind; text: string } {
  const definition = definitionOf(element);
  for (const kind of TIMERS) {
    const expression = definition?.get<Moddle | undefined>(kind);
    if (expression !== undefined) return { kind, text: expression.get<string | undefined>('body') ?? '' };
  }
  return { kind: 'timeDuration', text: '' };
}

export function messageOf(element: Element): { name: string; correlationKey: string } {
  const message = (definitionOf(element) ?? element.businessObject).get<Moddle | undefined>('messageRef');
  return {
    name: message?.get<string | undefined>('name') ?? '',
    correlationKey:
      message === undefined
        ? ''
        : (extension(message, 'zeebe:Subscription')?.get<string | undefined>('correlationKey') ?? ''),
  };
}

export function codeOf(element: Element, kind: 'Error' | 'Escalation'): string {
  const lower = kind.toLowerCase();
  const referred = definitionOf(element)?.get<Moddle | undefined>(`${lower}Ref`);
  return referred?.get<string | undefined>(`${lower}Code`) ?? '';
}

export const conditionOf = (flow: Element): string =>
  flow.businessObject.get<Moddle | undefined>('conditionExpression')?.get<string | undefined>('body') ?? '';

export const isDefaultFlow = (flow: Element): boolean =>
  flow.source?.businessObject.get<Moddle | undefined>('default') === flow.businessObject;

export const documentationOf = (element: Element): string =>
  element.businessObject.get<Moddle[] | undefined>('documentation')?.[0]?.get<string | undefined>('text') ?? '';

export function loopOf(element: Element): Loop | null {
  const loop = element.businessObject.get<Moddle | undefined>('loopCharacteristics');
  if (loop === undefined) return null;
  const zeebe = extension(loop, 'zeebe:LoopCharacteristics');
  return {
    sequential: loop.get<boolean | undefined>('isSequential') ?? false,
    inputCollection: zeebe?.get<string | undefined>('inputCollection') ?? '',
    inputElement: zeebe?.get<string | undefined>('inputElement') ?? '',
  };
}
