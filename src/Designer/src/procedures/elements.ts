/**
 * What may be drawn: the palette, what follows an element, and what an element may become. Only what the engine
 * executes.
 */
import type { Key } from '../i18n';
import type { Target } from './bpmn';

export type Kind = { id: string; label: Key; icon: string; target: Target };

const kind = (id: string, icon: string, type: string, more: Omit<Target, 'type'> = {}): Kind => ({
  id,
  label: `kind.${id}` as Key,
  icon: `bpmn-icon-${icon}`,
  target: { type: `bpmn:${type}`, ...more },
});
const event = (id: string, icon: string, type: string, definition: string, more: Omit<Target, 'type'> = {}) =>
  kind(id, icon, type, { ...more, eventDefinitionType: `bpmn:${definition}EventDefinition` });

/** In the words of the palette; the first of a type is what "Zmień rodzaj" offers. */
export const KINDS: readonly Kind[] = [
  kind('userTask', 'user-task', 'UserTask'),
  kind('serviceTask', 'service-task', 'ServiceTask'),
  kind('sendTask', 'send-task', 'SendTask'),
  kind('receiveTask', 'receive-task', 'ReceiveTask'),
  kind('businessRuleTask', 'business-rule-task', 'BusinessRuleTask'),
  kind('scriptTask', 'script-task', 'ScriptTask'),
  kind('callActivity', 'call-activity', 'CallActivity'),
  kind('subProcess', 'subprocess-expanded', 'SubProcess', { isExpanded: true }),
  kind('eventSubProcess', 'event-subprocess-expanded', 'SubProcess', { isExpanded: true, triggeredByEvent: true }),
  kind('exclusiveGateway', 'gateway-xor', 'ExclusiveGateway'),
  kind('parallelGateway', 'gateway-parallel', 'ParallelGateway'),
  kind('eventBasedGateway', 'gateway-eventbased', 'EventBasedGateway'),
  kind('startEvent', 'start-event-none', 'StartEvent'),
  event('startMessage', 'start-event-message', 'StartEvent', 'Message'),
  event('startTimer', 'start-event-timer', 'StartEvent', 'Timer'),
  event('startError', 'start-event-error', 'StartEvent', 'Error'),
  event('startEscalation', 'start-event-escalation', 'StartEvent', 'Escalation'),
  event('catchTimer', 'intermediate-event-catch-timer', 'IntermediateCatchEvent', 'Timer'),
  event('catchMessage', 'intermediate-event-catch-message', 'IntermediateCatchEvent', 'Message'),
  kind('throwNone', 'intermediate-event-none', 'IntermediateThrowEvent'),
  event('throwMessage', 'intermediate-event-throw-message', 'IntermediateThrowEvent', 'Message'),
  event('throwEscalation', 'intermediate-event-throw-escalation', 'IntermediateThrowEvent', 'Escalation'),
  event('boundaryTimer', 'intermediate-event-catch-timer', 'BoundaryEvent', 'Timer'),
  event('boundaryMessage', 'intermediate-event-catch-message', 'BoundaryEvent', 'Message'),
  event('boundaryError', 'intermediate-event-catch-error', 'BoundaryEvent', 'Error'),
  event('boundaryEscalation', 'intermediate-event-catch-escalation', 'BoundaryEvent', 'Escalation'),
  kind('endEvent', 'end-event-none', 'EndEvent'),
  event('endMessage', 'end-event-message', 'EndEvent', 'Message'),
  event('endEscalation', 'end-event-escalation', 'EndEvent', 'Escalation'),
  event('endError', 'end-event-error', 'EndEvent', 'Error'),
  event('endTerminate', 'end-event-terminate', 'EndEvent', 'Terminate'),
];

/** What the server calls `userTask` is `bpmn:UserTask` here. */
const typeName = (name: string) => {
  const plain = name.replace(/^bpmn:/, '');
  return `bpmn:${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
};

/** The kinds of the list the engine of this server executes; an empty list says nothing. */
export function executed(elements: readonly string[]): readonly Kind[] {
  if (elements.length === 0) return KINDS;
  const known = new Set(elements.map(typeName));
  return KINDS.filter(({ target }) => known.has(target.type));
}

export const PALETTE = [
  'userTask',
  'sendTask',
  'exclusiveGateway',
  'parallelGateway',
  'catchTimer',
  'catchMessage',
  'callActivity',
  'businessRuleTask',
  'serviceTask',
  'subProcess',
  'startEvent',
  'endEvent',
] as const;
/** After an element, with one press. */
export const APPENDED = ['userTask', 'exclusiveGateway', 'catchTimer', 'endEvent'] as const;

export const isBoundary = (one: Kind) => one.target.type === 'bpmn:BoundaryEvent';

/** Whether an entry of bpmn-js leads to something on the list. */
export const allows = (kinds: readonly Kind[], target: Target): boolean =>
  kinds.some(
    (one) =>
      one.target.type === target.type &&
      one.target.eventDefinitionType === target.eventDefinitionType &&
      (target.triggeredByEvent ?? false) === (one.target.triggeredByEvent ?? false),
  );

/** What an element of this kind may become, as the replace menu and the outline offer it. */
export function becomes(kinds: readonly Kind[], type: string, inside: { eventSubProcess: boolean }): readonly Kind[] {
  const group = (of: string) =>
    /Task$|CallActivity$/.test(of)
      ? 'activity'
      : of.endsWith('Gateway')
        ? 'gateway'
        : of.endsWith('SubProcess')
          ? 'sub'
          : of;
  return kinds.filter((one) => {
    if (group(one.target.type) !== group(type)) return false;
    if (one.id === 'startError' || one.id === 'startEscalation') return inside.eventSubProcess;
    return true;
  });
}

/** Extensions that only some elements may carry; what an element cannot say any more goes when its kind changes. */
export const CARRIERS: Record<string, readonly string[]> = {
  'zeebe:UserTask': ['bpmn:UserTask'],
  'zeebe:FormDefinition': ['bpmn:UserTask'],
  'zeebe:AssignmentDefinition': ['bpmn:UserTask'],
  'zeebe:TaskSchedule': ['bpmn:UserTask'],
  'zeebe:PriorityDefinition': ['bpmn:UserTask'],
  'zeebe:TaskDefinition': [
    'bpmn:ServiceTask',
    'bpmn:SendTask',
    'bpmn:IntermediateThrowEvent',
    'bpmn:EndEvent',
    'bpmn:BusinessRuleTask',
    'bpmn:ScriptTask',
  ],
  'zeebe:TaskHeaders': [
    'bpmn:ServiceTask',
    'bpmn:SendTask',
    'bpmn:IntermediateThrowEvent',
    'bpmn:EndEvent',
    'bpmn:BusinessRuleTask',
    'bpmn:ScriptTask',
    'bpmn:UserTask',
  ],
  'zeebe:CalledElement': ['bpmn:CallActivity'],
  'zeebe:CalledDecision': ['bpmn:BusinessRuleTask'],
  'zeebe:Script': ['bpmn:ScriptTask'],
};

/** What a new element says from the beginning. */
export const BEGINNINGS: Record<string, readonly { type: string; values: Record<string, unknown> }[]> = {
  'bpmn:UserTask': [{ type: 'zeebe:UserTask', values: {} }],
  'bpmn:CallActivity': [
    { type: 'zeebe:CalledElement', values: { propagateAllChildVariables: false, bindingType: 'deployment' } },
  ],
  'bpmn:BusinessRuleTask': [{ type: 'zeebe:CalledDecision', values: { bindingType: 'deployment' } }],
  'bpmn:ServiceTask': [{ type: 'zeebe:TaskDefinition', values: { type: '' } }],
  'bpmn:SendTask': [{ type: 'zeebe:TaskDefinition', values: { type: 'message.publish' } }],
};
