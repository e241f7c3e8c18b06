/**
 * A problem of the server names a property of BPMN; this is the field of the panel (`data-property`) where it is
 * mended.
 */
const FIELDS: Readonly<Record<string, string>> = {
  assignee: 'assignment',
  candidateGroups: 'assignment',
  calledDecision: 'decisionId',
  decision: 'decisionId',
  calledElement: 'processId',
  condition: 'conditionExpression',
  expression: 'conditionExpression',
  form: 'formId',
  formDefinition: 'formId',
  inputCollection: 'loopCharacteristics',
  loop: 'loopCharacteristics',
  job: 'type',
  taskDefinition: 'type',
  messageRef: 'message',
  taskSchedule: 'dueDate',
  timerDefinition: 'timer',
};

/** What is mended on the drawing or by writing the file anew: the heading of the panel stands for it. */
export const WITHOUT_FIELD: ReadonlySet<string> = new Set([
  'attachedTo',
  'binding',
  'bindingType',
  'case',
  'default',
  'event',
  'isExecutable',
  'isInterrupting',
  'notifies',
  'source',
  'statute',
  'takesPlace',
  'target',
]);

export const fieldOf = (property: string): string => FIELDS[property] ?? property;
