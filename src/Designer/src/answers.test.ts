import { describe, expect, it } from 'vitest';
import { answersOf } from './answers';

const schema = {
  components: [
    { type: 'text', text: 'Instrukcja' },
    { type: 'datetime', key: 'visitDate', dateLabel: 'Dzień wizyty', subtype: 'date' },
    { type: 'checkbox', key: 'childSeen', label: 'Dziecko widziane' },
    { type: 'radio', key: 'mood', label: 'Nastrój', values: [{ label: 'Spokojny', value: 'calm' }] },
    { type: 'checklist', key: 'needs', label: 'Potrzeby', values: [{ label: 'Opał', value: 'fuel' }] },
    { type: 'textfield', key: 'lead', label: 'Prowadzi', properties: { staff: 'social_worker' } },
    { type: 'datetime', key: 'startedAt', dateLabel: 'Początek', subtype: 'datetime' },
    { type: 'textarea', key: 'hidden', label: 'Pytanie ukryte' },
    { type: 'group', path: 'father', label: 'Ojciec', components: [{ type: 'textfield', key: 'job', label: 'Praca' }] },
    {
      type: 'dynamiclist',
      path: 'children',
      label: 'Dzieci',
      components: [
        { type: 'textfield', key: 'name', label: 'Imię' },
        { type: 'number', key: 'age', label: 'Wiek' },
      ],
    },
    { type: 'group', path: 'mother', label: 'Matka', components: [{ type: 'textfield', key: 'job', label: 'Praca' }] },
  ],
};

describe('answersOf', () => {
  it('tells what was answered in the words of the form', () => {
    const content = {
      lead: 'tzielinski',
      startedAt: '2026-11-24T08:30:00Z',
      visitDate: '2026-11-24',
      childSeen: false,
      mood: 'calm',
      needs: ['fuel', 'other'],
      father: { job: 'kierowca' },
      children: [{ name: 'Ola', age: 7 }, {}],
    };
    const rows = answersOf(schema, content, new Map([['tzielinski', 'Tomasz Zieliński']]));
    expect(rows).toEqual([
      { kind: 'answer', label: 'Dzień wizyty', text: 'wtorek, 24 listopada 2026' },
      { kind: 'answer', label: 'Dziecko widziane', text: 'nie' },
      { kind: 'answer', label: 'Nastrój', text: 'Spokojny' },
      { kind: 'answer', label: 'Potrzeby', text: 'Opał, other' },
      { kind: 'answer', label: 'Prowadzi', text: 'Tomasz Zieliński' },
      { kind: 'answer', label: 'Początek', text: 'wtorek, 24 listopada 2026, 09:30' },
      { kind: 'group', label: 'Ojciec', rows: [{ kind: 'answer', label: 'Praca', text: 'kierowca' }] },
      {
        kind: 'list',
        label: 'Dzieci',
        items: [
          [
            { kind: 'answer', label: 'Imię', text: 'Ola' },
            { kind: 'answer', label: 'Wiek', text: '7' },
          ],
        ],
      },
    ]);
  });

  it('is empty for a form nobody filled', () => {
    expect(answersOf(schema, {})).toEqual([]);
  });
});
