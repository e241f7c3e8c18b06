// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest';
import { processes } from '../test/shipped';
import { drawInMemory } from '../test/svg';
import type { Diagram, Element } from './bpmn';
import { nameOf, typeOf } from './bpmn';
import * as commands from './commands';
import { createDiagram } from './diagram';
import { KINDS, type Kind } from './elements';
import { property } from './model';

beforeAll(drawInMemory);

async function open(id = 'interview-analysis'): Promise<Diagram> {
  const diagram = createDiagram();
  await diagram.importXML(processes.get(id) ?? '');
  return diagram;
}
const at = (diagram: Diagram, id: string) => diagram.get('elementRegistry').get(id) as Element;
const kind = (id: string) => KINDS.find((one) => one.id === id) as Kind;

describe('the outline', () => {
  it('has a way for every command of the canvas that changes the model', async () => {
    const stack = (await open()).get('commandStack') as unknown as { _handlerMap: Record<string, unknown> };
    const canvas = Object.keys(stack._handlerMap).sort();
    expect(canvas.length).toBeGreaterThan(20);
    const known = [...Object.keys(commands.OUTLINE), ...commands.DRAWING_ONLY];
    expect(canvas.filter((command) => !known.includes(command))).toEqual([]);
    expect(known.filter((command) => !canvas.includes(command))).toEqual([]);
    const means = Object.values(commands.OUTLINE).filter((name) => !name.startsWith('properties'));
    expect(means.filter((name) => typeof (commands as Record<string, unknown>)[name] !== 'function')).toEqual([]);
  });

  it('lists every step of every shipped procedure once', async () => {
    for (const id of processes.keys()) {
      const diagram = await open(id);
      const steps = commands.stepsOf(diagram).map((one) => one.id);
      const drawn = [
        ...(processes.get(id) ?? '').matchAll(
          /<bpmn:(?:\w*[tT]ask|\w+Gateway|\w+Event|subProcess|callActivity) id="([^"]+)"/g,
        ),
      ];
      expect([...steps].sort(), id).toEqual(drawn.map(([, one]) => one).sort());
    }
  });

  it('lists steps in the order of the case', async () => {
    const names = commands.stepsOf(await open()).map(nameOf);
    expect(names.slice(0, 4)).toEqual([
      'Wiadomo o potrzebie',
      'Ustal termin wywiadu',
      'Umów wizytę',
      'Przeprowadź wywiad',
    ]);
  });

  it('adds, connects, redirects, changes, copies, attaches, moves and removes, and every act can be undone', async () => {
    const diagram = await open();
    const before = (await diagram.saveXML({ format: true })).xml;
    const task = at(diagram, 'conduct-interview');
    const added = commands.addAfter(diagram, task, kind('userTask'));
    expect(task.outgoing.some((flow) => flow.target === added)).toBe(true);
    const way = commands.connect(diagram, added, at(diagram, 'gather-information'));
    commands.redirect(diagram, way, at(diagram, 'analyse-situation'));
    expect(way.target?.id).toBe('analyse-situation');
    const changed = commands.replace(diagram, added, kind('serviceTask'));
    expect(typeOf(changed)).toBe('bpmn:ServiceTask');
    const copy = commands.duplicate(diagram, task) as Element;
    expect(property(copy, 'reminders')).toBe('fast');
    expect(copy.id).not.toBe(task.id);
    const timer = commands.attachTo(diagram, task, kind('boundaryTimer'));
    expect(timer.host).toBe(task);
    const group = commands.addApart(diagram, kind('subProcess'));
    commands.moveInto(diagram, copy, group);
    expect(copy.parent).toBe(group);
    commands.moveInto(diagram, copy);
    expect(copy.parent).toBe(diagram.get('canvas').getRootElement());
    commands.remove(diagram, copy);
    expect(diagram.get('elementRegistry').get(copy.id)).toBeUndefined();
    const stack = diagram.get('commandStack');
    while (stack.canUndo()) stack.undo();
    expect((await diagram.saveXML({ format: true })).xml).toBe(before);
  });

  it('offers an element only kinds of its family that the engine executes', async () => {
    const diagram = await open();
    const of = (id: string) => commands.kindsFor(KINDS, at(diagram, id)).map((one) => one.id);
    expect(of('interview-outcome')).toEqual(['exclusiveGateway', 'parallelGateway', 'eventBasedGateway']);
    expect(of('need-known')).toEqual(['startEvent', 'startMessage', 'startTimer']);
    expect(of('arrange-visit')).toContain('callActivity');
  });
});
