// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { adopted, namesOf } from './imported';

const drawn = `<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI">
  <collaboration id="c"><participant id="sid-7" name="Ośrodek" processRef="sid-1.x"/></collaboration>
  <process id='sid-1.x' isClosed="false" isExecutable="false" name="Wizyta
    domowa">
    <task id="sid-1.x-2" name="Zadzwoń"/>
  </process>
  <di:BPMNDiagram id="d"><di:BPMNPlane id="p" bpmnElement="sid-1.x"/></di:BPMNDiagram>
</definitions>`;

describe('a diagram drawn elsewhere', () => {
  it('becomes that of a chosen procedure, executable, with all other bytes kept', () => {
    const files = adopted({ processId: 'sid-1.x', files: { 'process.bpmn': drawn } }, 'monitoring');
    expect(files['process.bpmn']).toBe(
      drawn
        .replace('processRef="sid-1.x"', 'processRef="monitoring"')
        .replace('bpmnElement="sid-1.x"', 'bpmnElement="monitoring"')
        .replace('id=\'sid-1.x\' isClosed="false" isExecutable="false"', 'id="monitoring" isClosed="false"')
        .replace('domowa">', 'domowa" isExecutable="true">'),
    );
  });

  it('is left alone where it is the procedure already', () => {
    const files = { 'process.bpmn': drawn };
    expect(adopted({ processId: 'sid-1.x', files }, 'sid-1.x')).toBe(files);
  });

  it('names its elements in words', () => {
    const names = namesOf(drawn);
    expect(names.get('sid-1.x-2')).toBe('Zadzwoń');
    expect(names.get('sid-1.x')).toBe('Wizyta domowa');
    expect(namesOf('to nie jest diagram').size).toBe(0);
  });
});
