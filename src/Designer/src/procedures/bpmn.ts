/**
 * What of bpmn-js is used here, with types: its services are found by name and come without a common model of elements.
 */
export type Moddle = {
  $type: string;
  $parent?: Moddle;
  $attrs?: Record<string, string>;
  id: string;
  // What a property holds is known where it is asked for.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  get: <T = unknown>(name: string) => T;
};
export type Point = { x: number; y: number };
export type Box = Point & { width: number; height: number };
export type Element = Box & {
  id: string;
  type: string;
  businessObject: Moddle;
  /** Absent for the drawing itself. */
  parent?: Element | null;
  children?: Element[];
  host?: Element;
  attachers?: Element[];
  incoming: Element[];
  outgoing: Element[];
  source?: Element;
  target?: Element;
  labelTarget?: Element;
  waypoints?: Point[];
};
export type Target = {
  type: string;
  eventDefinitionType?: string | undefined;
  isExpanded?: boolean;
  triggeredByEvent?: boolean;
  cancelActivity?: boolean;
  isInterrupting?: boolean;
};

export type Modeling = {
  updateProperties: (element: Element, properties: Record<string, unknown>) => void;
  updateModdleProperties: (element: Element, moddle: Moddle, properties: Record<string, unknown>) => void;
  removeElements: (elements: Element[]) => void;
  connect: (source: Element, target: Element, attributes?: object) => Element;
  reconnect: (connection: Element, source: Element, target: Element, docking?: object) => void;
  createShape: (shape: Element, position: Point, parent: Element, hints?: object) => Element;
  moveElements: (shapes: Element[], delta: Point, target?: Element) => void;
};
export type Services = {
  modeling: Modeling;
  commandStack: {
    undo: () => void;
    redo: () => void;
    canUndo: () => boolean;
    canRedo: () => boolean;
    clear: () => void;
  };
  elementRegistry: {
    get: (id: string) => Element | undefined;
    getAll: () => Element[];
    filter: (wanted: (element: Element) => boolean) => Element[];
  };
  elementFactory: { createShape: (attributes: object) => Element };
  bpmnFactory: { create: (type: string, attributes?: object) => Moddle };
  bpmnReplace: { replaceElement: (element: Element, target: Target, hints?: object) => Element };
  autoPlace: { append: (source: Element, shape: Element, hints?: object) => Element };
  create: { start: (event: Event, shape: Element, context?: object) => void };
  connect: { start: (event: Event, element: Element) => void };
  contextPad: { registerProvider: (priority: number, provider: object) => void };
  popupMenu: { open: (element: Element, kind: string, at: object, options?: object) => void };
  canvas: {
    getRootElement: () => Element;
    getContainer: () => HTMLElement;
    addMarker: (id: string, marker: string) => void;
    removeMarker: (id: string, marker: string) => void;
    hasMarker: (id: string, marker: string) => boolean;
    zoom: (level?: number | 'fit-viewport', center?: 'auto') => number;
    viewbox: (box?: Box) => Box & { inner: Box; scale: number };
    scrollToElement: (id: string, padding?: number) => void;
    resized: () => void;
  };
  selection: { select: (elements: Element[] | Element | null) => void; get: () => Element[] };
  overlays: {
    add: (id: string, type: string, overlay: { position: object; html: HTMLElement; show?: object }) => string;
    remove: (filter: { type: string } | string) => void;
  };
  eventBus: {
    on: {
      (events: string | string[], listener: (event: never) => void): void;
      (events: string | string[], priority: number, listener: (event: never) => unknown): void;
    };
    off: (events: string | string[], listener: (event: never) => void) => void;
  };
  copyPaste: {
    copy: (elements: Element[]) => unknown;
    paste: (context?: { element: Element; point: Point }) => Element[];
  };
  rules: { allowed: (rule: string, context: object) => unknown };
  /** Nothing can be changed while it is on. */
  readOnly: { on: boolean };
  lawKeeper: LawKeeper;
  moddle: { create: (type: string, attributes?: object) => Moddle; ids: { claimed: (id: string) => boolean } };
  directEditing: { activate: (element: Element) => void; complete: () => void; isActive: () => boolean };
};

/** What the law holds in place; `mayGo` while somebody takes it out although she has read why it stays. */
export type LawKeeper = { locked: ReadonlySet<string>; mayGo: boolean };

/** The part of a Modeler that tests and pages use. */
export type Diagram = {
  get: <Name extends keyof Services>(name: Name) => Services[Name];
  importXML: (xml: string) => Promise<{ warnings: unknown[] }>;
  saveXML: (options: { format: boolean }) => Promise<{ xml?: string | undefined }>;
  attachTo: (place: HTMLElement) => void;
  detach: () => void;
  destroy: () => void;
};

export const typeOf = (element: Element) => element.businessObject.$type;
export const isFlow = (element: Element) => typeOf(element) === 'bpmn:SequenceFlow';

const ACTIVITIES =
  /^bpmn:((User|Service|Send|Receive|Script|BusinessRule|Manual)?Task|CallActivity|SubProcess|Transaction|AdHocSubProcess)$/;
export const isActivity = (element: Element) => ACTIVITIES.test(typeOf(element));
export const isEvent = (element: Element) => typeOf(element).endsWith('Event');
export const isGateway = (element: Element) => typeOf(element).endsWith('Gateway');
/** Something the case can stand at; labels of events are elements of their own and are left out. */
export const isNode = (element: Element) =>
  element.labelTarget === undefined && (isActivity(element) || isEvent(element) || isGateway(element));

/** The first event definition without its prefix: `Timer`, `Message`, `Error`, `Escalation`, `Terminate`. */
export function eventKind(element: Element): string | null {
  const [definition] = isEvent(element) ? element.businessObject.get<Moddle[]>('eventDefinitions') : [];
  return definition === undefined ? null : definition.$type.replace(/^bpmn:|EventDefinition$/g, '');
}

/** The procedure itself, which holds everything drawn. */
export const isRoot = (element: Element) => element.parent == null;

export const nameOf = (element: Element): string =>
  (element.businessObject.get<string | undefined>('name') ?? '').replace(/\s+/g, ' ').trim();
