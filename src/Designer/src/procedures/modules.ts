/** The parts of bpmn-js that the house brings itself: what can be added, appended and replaced, and in which words. */
import ReplaceMenuProvider from 'bpmn-js/lib/features/popup-menu/ReplaceMenuProvider';
import RuleProvider from 'diagram-js/lib/features/rules/RuleProvider';
import CommandInterceptor from 'diagram-js/lib/command/CommandInterceptor';
import { t } from '../i18n';
import type { Element, LawKeeper, Moddle, Services, Target } from './bpmn';
import { isActivity, isNode, isRoot, typeOf } from './bpmn';
import { allows, APPENDED, BEGINNINGS, CARRIERS, KINDS, type Kind } from './elements';
import { translate } from './translate';

type Entry = { group: string; className: string; title: string; action: Record<string, unknown> };

/** Symbols at a selected element: what may follow, what it may become, and its end. */
class ContextPad {
  static $inject = [
    'contextPad',
    'autoPlace',
    'create',
    'elementFactory',
    'connect',
    'modeling',
    'popupMenu',
    'readOnly',
    'rules',
    'config.kinds',
  ];
  private readonly rules: Services['rules'];
  private readonly services: Pick<
    Services,
    'autoPlace' | 'create' | 'elementFactory' | 'connect' | 'modeling' | 'popupMenu'
  >;
  private readonly kinds: readonly Kind[];
  private readonly readOnly: Services['readOnly'];

  constructor(
    contextPad: Services['contextPad'],
    autoPlace: Services['autoPlace'],
    create: Services['create'],
    elementFactory: Services['elementFactory'],
    connect: Services['connect'],
    modeling: Services['modeling'],
    popupMenu: Services['popupMenu'],
    readOnly: Services['readOnly'],
    rules: Services['rules'],
    kinds: readonly Kind[] | null,
  ) {
    this.rules = rules;
    this.services = { autoPlace, create, elementFactory, connect, modeling, popupMenu };
    this.kinds = kinds ?? KINDS;
    this.readOnly = readOnly;
    contextPad.registerProvider(1000, this);
  }

  private remove(elements: Element[]): void {
    const going = removable(this.rules, elements);
    if (going.length > 0) this.services.modeling.removeElements(going);
  }

  getContextPadEntries(element: Element): Record<string, Entry> {
    const entries: Record<string, Entry> = {};
    if (this.readOnly.on) return entries;
    const { connect, popupMenu } = this.services;
    if (isNode(element)) {
      if (this.mayContinue(element)) {
        for (const id of APPENDED) {
          const kind = this.kinds.find((one) => one.id === id);
          if (kind !== undefined) entries[`append.${id}`] = this.append(kind);
        }
        entries['connect'] = {
          group: 'connect',
          className: 'bpmn-icon-connection-multi',
          title: t('pad.connect'),
          action: {
            click: (event: Event, from: Element) => connect.start(event, from),
            dragstart: (event: Event, from: Element) => connect.start(event, from),
          },
        };
      }
      if (isActivity(element)) this.attach(entries);
      entries['replace'] = {
        group: 'edit',
        className: 'bpmn-icon-screw-wrench',
        title: t('pad.replace'),
        action: {
          click: (event: MouseEvent, one: Element) =>
            popupMenu.open(
              one,
              'bpmn-replace',
              { x: event.x, y: event.y, cursor: { x: event.x, y: event.y } },
              { width: 300 },
            ),
        },
      };
    }
    if (!isRoot(element)) {
      entries['delete'] = {
        group: 'edit',
        className: 'bpmn-icon-trash',
        title: t('pad.delete'),
        action: { click: (_event: Event, one: Element) => this.remove([one]) },
      };
    }
    return entries;
  }

  getMultiElementContextPadEntries(elements: Element[]): Record<string, Entry> {
    if (this.readOnly.on) return {};
    return {
      delete: {
        group: 'edit',
        className: 'bpmn-icon-trash',
        title: t('pad.delete'),
        action: { click: () => this.remove([...elements]) },
      },
    };
  }

  private mayContinue(element: Element): boolean {
    if (typeOf(element) === 'bpmn:EndEvent') return false;
    return element.businessObject.get<boolean | undefined>('triggeredByEvent') !== true;
  }

  private append(kind: Kind): Entry {
    const { autoPlace, create, elementFactory } = this.services;
    const made = () => elementFactory.createShape({ ...kind.target });
    return {
      group: 'model',
      className: kind.icon,
      title: t('pad.append', { what: t(kind.label) }),
      action: {
        click: (_event: Event, source: Element) => autoPlace.append(source, made()),
        dragstart: (event: Event, source: Element) => create.start(event, made(), { source }),
      },
    };
  }

  private attach(entries: Record<string, Entry>): void {
    const kind = this.kinds.find((one) => one.id === 'boundaryTimer');
    if (kind === undefined) return;
    entries['attach.timer'] = {
      group: 'model',
      className: kind.icon,
      title: t('pad.attachTimer'),
      action: { click: (_event: Event, host: Element) => attach(this.services, host, kind.target) },
    };
  }
}

/** A boundary event at the lower edge of its host, beside those already there. */
export function attach(
  services: Pick<Services, 'modeling' | 'elementFactory'>,
  host: Element,
  target: Target,
): Element {
  const shape = services.elementFactory.createShape({ ...target });
  const others = host.attachers?.length ?? 0;
  const at = { x: host.x + host.width - 24 - others * 40, y: host.y + host.height };
  return services.modeling.createShape(shape, at, host, { attach: true });
}

type ReplaceOption = { target: Target; label: string; actionName: string };
type MenuEntries = Record<string, unknown>;
type ReplaceMenu = {
  _createEntries: (element: Element, options: ReplaceOption[]) => MenuEntries;
  getPopupMenuHeaderEntries: (element: Element) => MenuEntries;
};
const WITHOUT_HEADER = ['toggle-loop', 'toggle-participant-multiplicity', 'toggle-is-collection', 'toggle-adhoc'];
const menu = ReplaceMenuProvider.prototype as unknown as ReplaceMenu;

/** The replace menu of bpmn-js without what the engine would refuse. */
class ReplaceMenuOfHouse extends (ReplaceMenuProvider as unknown as new (...services: unknown[]) => object) {
  static $inject = [...(ReplaceMenuProvider as unknown as { $inject: string[] }).$inject, 'config.kinds'];
  private readonly kinds: readonly Kind[];

  constructor(...services: unknown[]) {
    super(...services.slice(0, -1));
    this.kinds = (services.at(-1) as readonly Kind[] | null) ?? KINDS;
  }

  _createEntries(element: Element, options: ReplaceOption[]): MenuEntries {
    const known = options.filter((one) => allows(this.kinds, one.target));
    return menu._createEntries.call(this, element, known);
  }

  getPopupMenuHeaderEntries(element: Element): MenuEntries {
    const all = menu.getPopupMenuHeaderEntries.call(this, element);
    return Object.fromEntries(Object.entries(all).filter(([name]) => !WITHOUT_HEADER.includes(name)));
  }
}

type Interceptor = {
  postExecuted: (command: string, act: (event: { context: { shape: Element } }) => void) => void;
};

/** A new element begins with what it needs, and one that changed its kind drops what only the old kind could say. */
class Beginnings extends (CommandInterceptor as unknown as new (eventBus: unknown) => Interceptor) {
  static $inject = ['eventBus', 'modeling', 'bpmnFactory'];

  constructor(eventBus: unknown, modeling: Services['modeling'], bpmnFactory: Services['bpmnFactory']) {
    super(eventBus);
    this.postExecuted('shape.create', ({ context: { shape } }) => {
      const type = typeOf(shape);
      const before = shape.businessObject.get<Moddle | undefined>('extensionElements');
      const values = before?.get<Moddle[] | undefined>('values') ?? [];
      const kept = values.filter((one) => CARRIERS[one.$type]?.includes(type) ?? true);
      const missing = (BEGINNINGS[type] ?? []).filter((one) => !kept.some((other) => other.$type === one.type));
      if (kept.length === values.length && missing.length === 0) return;
      const next = [...kept, ...missing.map((one) => bpmnFactory.create(one.type, { ...one.values }))];
      const extensionElements = bpmnFactory.create('bpmn:ExtensionElements', { values: next });
      next.forEach((one) => (one.$parent = extensionElements));
      modeling.updateProperties(shape, { extensionElements: next.length === 0 ? undefined : extensionElements });
    });
  }
}

const CHANGES = [
  'shape.resize',
  'shape.create',
  'shape.append',
  'shape.replace',
  'elements.create',
  'elements.move',
  'elements.delete',
  'elements.paste',
  'connection.create',
  'connection.reconnect',
  'connection.updateWaypoints',
];
const FIRST = 3000;

type Allowed = (context: { elements: Element[] }) => false | Element[] | undefined;
type RuleAdder = { addRule: (rules: string[], priority: number, allowed: Allowed) => void };

/** On a phone and while a trial runs, the drawing is looked at only. */
class LookOnly extends (RuleProvider as unknown as new (eventBus: unknown) => RuleAdder) {
  static $inject = ['eventBus', 'readOnly'];

  constructor(eventBus: Services['eventBus'], readOnly: Services['readOnly']) {
    super(eventBus);
    this.addRule(CHANGES, FIRST, () => (readOnly.on ? false : undefined));
    eventBus.on('element.dblclick', FIRST, () => (readOnly.on ? false : undefined));
  }
}

/** Told with the elements that stay when somebody tries to delete them. */
export const HELD = 'house.held';

/** Whether it, or what goes with it, is held in place: steps inside a group, events at a step. */
export function isHeld(keeper: LawKeeper, element: Element): boolean {
  return (
    keeper.locked.has(element.id) ||
    [...(element.children ?? []), ...(element.attachers ?? [])].some((one) => isHeld(keeper, one))
  );
}

/** What of it may be deleted; for the rest the article is told. */
export function removable(rules: Services['rules'], elements: Element[]): Element[] {
  const allowed = rules.allowed('elements.delete', { elements });
  return Array.isArray(allowed) ? (allowed as Element[]) : allowed === false ? [] : elements;
}

/** A step that a statute asks for is not deleted by accident. */
class HoldsTheLaw extends (RuleProvider as unknown as new (eventBus: unknown) => RuleAdder) {
  static $inject = ['eventBus', 'lawKeeper'];

  constructor(eventBus: { fire: (event: string, context: object) => void }, lawKeeper: LawKeeper) {
    super(eventBus);
    this.addRule(['elements.delete'], FIRST - 1, ({ elements }) => {
      if (lawKeeper.mayGo) return undefined;
      const held = elements.filter((one) => isHeld(lawKeeper, one));
      if (held.length === 0) return undefined;
      eventBus.fire(HELD, { elements: held });
      const rest = elements.filter((one) => !held.includes(one));
      return rest.length === 0 ? false : rest;
    });
  }
}

export const houseModule = {
  __init__: ['contextPadProvider', 'replaceMenuProvider', 'beginnings', 'lookOnly', 'holdsTheLaw'],
  lawKeeper: ['factory', () => ({ locked: new Set(), mayGo: false })],
  holdsTheLaw: ['type', HoldsTheLaw],
  // Each diagram has its own: a module may be used by several.
  readOnly: ['factory', () => ({ on: false })],
  lookOnly: ['type', LookOnly],
  // The palette stands beside the canvas, in words and reachable by keyboard.
  paletteProvider: ['value', null],
  contextPadProvider: ['type', ContextPad],
  replaceMenuProvider: ['type', ReplaceMenuOfHouse],
  beginnings: ['type', Beginnings],
  translate: ['value', translate],
};
