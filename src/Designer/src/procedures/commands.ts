/**
 * Every change of a model without a mouse. The canvas does the same with the same services of bpmn-js; a test
 * compares the
 * commands that bpmn-js knows with the two lists below.
 */
import type { Diagram, Element } from './bpmn';
import { isFlow, isNode, typeOf } from './bpmn';
import { becomes, isBoundary, type Kind } from './elements';
import { attach, removable } from './modules';

/**
 * Steps in the order in which a case meets them; what no way leads to comes last. Groups hold their steps after them.
 */
export function stepsOf(diagram: Diagram): Element[] {
  const nodes = diagram.get('elementRegistry').filter(isNode);
  const seen = new Set<Element>();
  const walk = (first: Element) => {
    const queue = [first];
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      if (seen.has(one) || !isNode(one)) continue;
      seen.add(one);
      for (const child of one.children ?? []) if (isNode(child) && child.incoming.length === 0) walk(child);
      queue.push(...(one.attachers ?? []));
      queue.push(...one.outgoing.flatMap((flow) => (flow.target === undefined ? [] : [flow.target])));
    }
  };
  const isTop = (one: Element) => one.parent?.parent == null;
  nodes.filter((one) => isTop(one) && typeOf(one) === 'bpmn:StartEvent').forEach(walk);
  nodes.filter((one) => one.incoming.length === 0 && one.host === undefined).forEach(walk);
  nodes.forEach(walk);
  return [...seen];
}

export const waysOf = (step: Element) => step.outgoing.filter(isFlow);

/** Where a way from here may lead: steps of the same group that are no beginning and hang at no other step. */
export const targetsOf = (diagram: Diagram, from: Element): Element[] =>
  stepsOf(diagram).filter(
    (one) => one.parent === from.parent && one !== from && one.host === undefined && typeOf(one) !== 'bpmn:StartEvent',
  );

export const groupsOf = (diagram: Diagram): Element[] =>
  diagram.get('elementRegistry').filter((one) => typeOf(one) === 'bpmn:SubProcess' && one.labelTarget === undefined);

export function addAfter(diagram: Diagram, step: Element, kind: Kind): Element {
  const shape = diagram.get('elementFactory').createShape({ ...kind.target });
  return diagram.get('autoPlace').append(step, shape);
}

/** Without a way to it, right of everything in the group. */
export function addApart(diagram: Diagram, kind: Kind, group?: Element): Element {
  const parent = group ?? diagram.get('canvas').getRootElement();
  const within = diagram.get('elementRegistry').filter((one) => one.parent === parent && one.waypoints === undefined);
  const right = within.reduce((most, one) => Math.max(most, one.x + one.width), group?.x ?? 100);
  const top = within.reduce((least, one) => Math.min(least, one.y), group === undefined ? 100 : group.y + 20);
  const shape = diagram.get('elementFactory').createShape({ ...kind.target });
  const at = { x: right + 50 + shape.width / 2, y: top + shape.height / 2 };
  return diagram.get('modeling').createShape(shape, at, parent);
}

export const connect = (diagram: Diagram, from: Element, to: Element): Element =>
  diagram.get('modeling').connect(from, to);

export function redirect(diagram: Diagram, flow: Element, to: Element): void {
  const middle = { x: to.x + to.width / 2, y: to.y + to.height / 2 };
  if (flow.source !== undefined) diagram.get('modeling').reconnect(flow, flow.source, to, middle);
}

/** False where the law holds it in place. */
export function remove(diagram: Diagram, element: Element): boolean {
  const going = removable(diagram.get('rules'), [element]);
  if (going.length > 0) diagram.get('modeling').removeElements(going);
  return going.length > 0;
}

/** Although the law asks for it: the guard tells what follows, and no publication passes it. */
export function removeAnyway(diagram: Diagram, elements: Element[]): void {
  const keeper = diagram.get('lawKeeper');
  keeper.mayGo = true;
  diagram.get('modeling').removeElements(elements);
  keeper.mayGo = false;
}

export const replace = (diagram: Diagram, element: Element, kind: Kind): Element =>
  diagram.get('bpmnReplace').replaceElement(element, { ...kind.target });

export const kindsFor = (kinds: readonly Kind[], element: Element): readonly Kind[] => {
  const eventSubProcess = element.parent?.businessObject.get<boolean | undefined>('triggeredByEvent') === true;
  return becomes(kinds, typeOf(element), { eventSubProcess });
};

export const attachTo = (diagram: Diagram, host: Element, kind: Kind): Element =>
  attach({ modeling: diagram.get('modeling'), elementFactory: diagram.get('elementFactory') }, host, kind.target);

export const attachable = (kinds: readonly Kind[]) => kinds.filter(isBoundary);

/** A copy below the original, with all it says but its ways. */
export function duplicate(diagram: Diagram, element: Element): Element | undefined {
  const { parent } = element;
  if (parent == null) return undefined;
  diagram.get('copyPaste').copy([element]);
  const point = { x: element.x + element.width / 2, y: element.y + element.height * 1.5 + 40 };
  return diagram.get('copyPaste').paste({ element: parent, point })[0];
}

/** Into a group, or out of it when `group` is absent. */
export function moveInto(diagram: Diagram, element: Element, group?: Element): void {
  const target = group ?? diagram.get('canvas').getRootElement();
  const to = group === undefined ? { x: element.x, y: element.y + 300 } : { x: group.x + 60, y: group.y + 60 };
  diagram.get('modeling').moveElements([element], { x: to.x - element.x, y: to.y - element.y }, target);
}

/** Commands of bpmn-js that change what a procedure means, and how the outline does the same. */
export const OUTLINE: Record<string, string> = {
  'shape.append': 'addAfter',
  'shape.create': 'addApart',
  'elements.create': 'addApart',
  'shape.delete': 'remove',
  'elements.delete': 'remove',
  'shape.replace': 'replace',
  'connection.create': 'connect',
  'connection.delete': 'remove',
  'connection.reconnect': 'redirect',
  'elements.move': 'moveInto',
  'shape.move': 'moveInto',
  'element.updateAttachment': 'attachTo',
  'element.updateLabel': 'properties: name',
  'element.updateProperties': 'properties',
  'element.updateModdleProperties': 'properties',
  'id.updateClaim': 'properties: id',
  'label.create': 'properties: name',
};

/** Commands that move lines and boxes, or draw what is kept and not executed: there is nothing of them in a table. */
export const DRAWING_ONLY: readonly string[] = [
  'shape.resize',
  'shape.toggleCollapse',
  'spaceTool',
  'connection.move',
  'connection.layout',
  'connection.updateWaypoints',
  'elements.distribute',
  'elements.align',
  'element.setColor',
  'canvas.updateRoot',
  'lane.add',
  'lane.resize',
  'lane.split',
  'lane.updateRefs',
  'group.updateRefs',
  'dataStore.updateContainment',
];
