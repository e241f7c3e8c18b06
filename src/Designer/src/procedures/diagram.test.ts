// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest';
import { processes } from '../test/shipped';
import { drawInMemory } from '../test/svg';
import type { Diagram, Element } from './bpmn';
import { linesOf, restore } from './bytes';
import { createDiagram } from './diagram';
import { extension, headers, messageOf, property, Writer } from './model';

const read = (id: string) => processes.get(id) ?? '';

async function open(
  xml: string,
): Promise<{ diagram: Diagram; writer: Writer; at: (id: string) => Element; save: () => Promise<string> }> {
  const diagram = createDiagram();
  await diagram.importXML(xml);
  const written = (await diagram.saveXML({ format: true })).xml ?? '';
  const lines = linesOf(written, xml);
  return {
    diagram,
    writer: new Writer(diagram),
    at: (id) => diagram.get('elementRegistry').get(id) as Element,
    save: async () => restore((await diagram.saveXML({ format: true })).xml ?? '', lines),
  };
}

/** Lines of the one that are not in the other. */
function difference(one: string, other: string): string[] {
  const known = new Set(other.split('\n'));
  return one.split('\n').filter((line) => !known.has(line));
}

/** Every element with an id and its drawing; an error where it is no XML. */
function elementsOf(xml: string): Map<string, string> {
  const document = new DOMParser().parseFromString(xml, 'application/xml');
  expect(document.querySelector('parsererror')?.textContent ?? '').toBe('');
  return new Map([...document.querySelectorAll('[id]')].map((one) => [one.id, one.getAttribute('bpmnElement') ?? '']));
}

beforeAll(drawInMemory);

describe('saving a diagram', () => {
  it('gives every shipped file back byte for byte', async () => {
    expect(processes.size).toBeGreaterThan(10);
    for (const [id, xml] of processes) {
      const { save } = await open(xml);
      expect(difference(xml, await save()), id).toEqual([]);
      expect((await save()) === xml, id).toBe(true);
    }
  });

  it('touches the one line that was changed, and undo brings the file back', async () => {
    const xml = read('interview-analysis');
    const { writer, at, save, diagram } = await open(xml);
    writer.properties(at('conduct-interview'), { reminders: 'std' });
    expect(difference(await save(), xml)).toEqual([]);
    expect(difference(xml, await save())).toEqual(['          <zeebe:property name="reminders" value="fast" />']);
    diagram.get('commandStack').undo();
    expect(await save()).toBe(xml);
  });

  it('leaves everything else as it was when a step goes or comes, in every shipped diagram', async () => {
    for (const [id, xml] of processes) {
      const { diagram, save } = await open(xml);
      const registry = diagram.get('elementRegistry');
      const task = registry.filter((one) => one.type === 'bpmn:UserTask')[0];
      if (task === undefined) throw new Error(`${id} has no task of a person.`);
      const drawn = elementsOf(xml);
      diagram.get('modeling').removeElements([task]);
      const without = elementsOf(await save());
      expect(
        [...without.keys()].filter((one) => !drawn.has(one)),
        id,
      ).toEqual([]);
      expect(without.has(task.id), id).toBe(false);
      expect(drawn.size - without.size, id).toBeLessThan(12);
      diagram.get('commandStack').undo();
      expect(elementsOf(await save()), id).toEqual(drawn);
      const shape = diagram.get('elementFactory').createShape({ type: 'bpmn:UserTask' });
      const added = diagram.get('autoPlace').append(task, shape);
      const more = elementsOf(await save());
      expect(more.has(added.id), id).toBe(true);
      expect(
        [...drawn.keys()].filter((one) => !more.has(one)),
        id,
      ).toEqual([]);
    }
  }, 60_000);
});

describe('the writer', () => {
  it('puts a term, a form and a role where docs/extensions.md says', async () => {
    const { writer, at, diagram } = await open(read('interview-analysis'));
    const task = at('arrange-visit');
    writer.extension(task, 'zeebe:TaskSchedule', { dueDate: '=deadline(now(), 3, "days", "forward")' });
    expect(extension(task.businessObject, 'zeebe:TaskSchedule')?.get('dueDate')).toBe(
      '=deadline(now(), 3, "days", "forward")',
    );
    writer.extension(task, 'zeebe:FormDefinition', null);
    expect(extension(task.businessObject, 'zeebe:FormDefinition')).toBeUndefined();
    const stack = diagram.get('commandStack');
    stack.undo();
    stack.undo();
    expect(stack.canUndo()).toBe(false);
    expect(extension(task.businessObject, 'zeebe:FormDefinition')?.get('formId')).toBe('visit-arrangement');
  });

  it('takes a property away with an empty value, and the last one with its list', async () => {
    const { writer, at } = await open(read('interview-analysis'));
    const task = at('arrange-visit');
    writer.properties(task, { reminders: '' });
    expect(property(task, 'reminders')).toBe('');
    expect(property(task, 'deadline.kind')).toBe('STAT');
    writer.properties(task, { 'deadline.kind': '', 'deadline.basis': '', notificationName: '' });
    expect(extension(task.businessObject, 'zeebe:Properties')).toBeUndefined();
  });

  it('lets a new element begin with what it needs, and a changed one drop what only the old kind could say', async () => {
    const { diagram, at } = await open(read('interview-analysis'));
    const shape = diagram.get('elementFactory').createShape({ type: 'bpmn:UserTask' });
    const added = diagram.get('autoPlace').append(at('conduct-interview'), shape);
    expect(extension(added.businessObject, 'zeebe:UserTask')).toBeDefined();
    const changed = diagram.get('bpmnReplace').replaceElement(at('arrange-visit'), { type: 'bpmn:ServiceTask' });
    expect(changed.id).toBe('arrange-visit');
    expect(extension(changed.businessObject, 'zeebe:FormDefinition')).toBeUndefined();
    expect(extension(changed.businessObject, 'zeebe:TaskDefinition')).toBeDefined();
    expect(property(changed, 'notificationName')).toBe('Umów wizytę');
  });

  it('shares a message of the same name and keeps its key', async () => {
    const { writer, diagram, at, save } = await open(read('interview-analysis'));
    const make = () =>
      diagram.get('autoPlace').append(
        at('arrange-visit'),
        diagram.get('elementFactory').createShape({
          type: 'bpmn:IntermediateCatchEvent',
          eventDefinitionType: 'bpmn:MessageEventDefinition',
        }),
      );
    const [one, other] = [make(), make()];
    writer.message(one, 'interview.answered', '=caseNo');
    writer.message(other, 'interview.answered', '=caseNo');
    expect(messageOf(other)).toEqual({ name: 'interview.answered', correlationKey: '=caseNo' });
    expect([...(await save()).matchAll(/<bpmn:message /g)]).toHaveLength(1);
  });

  it('keeps the headers of a job in their order', async () => {
    const { writer, at } = await open(read('interview-analysis'));
    const job = at('start-supporting-family');
    writer.headers(job, [...headers(job), { key: 'foundOn', value: '=today()' }]);
    expect(headers(job).map((one) => one.key)).toEqual(['processId', 'socialWorker', 'foundOn']);
  });
});
