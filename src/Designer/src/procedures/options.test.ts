// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { decisionOptions, formOptions } from './options';

const form = (id: string, title: string) =>
  JSON.stringify({ id, properties: { documentTitle: title }, components: [] });
const table = (id: string, name: string) =>
  `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="${id}" name="${name}"/></definitions>`;

describe('what a step may name', () => {
  it('calls the forms of other procedures by their names, not by ids alone', () => {
    const files = { 'process.bpmn': '', 'visit.form': form('visit', 'Karta wizyty') };
    const all = [
      { id: 'visit', name: 'Karta wizyty' },
      { id: 'alert', name: 'Zgłoszenie zagrożenia' },
    ];
    expect(formOptions(files, ['visit'], all, '')).toEqual([
      { value: 'visit', label: 'Karta wizyty (visit)' },
      { value: 'alert', label: 'z innej procedury: Zgłoszenie zagrożenia (alert)' },
    ]);
  });

  it('keeps a form that is nowhere, so that it is seen', () => {
    expect(formOptions({}, [], [], 'gone')).toEqual([{ value: 'gone', label: 'gone' }]);
  });

  it('offers a table of the draft that nobody has published yet', () => {
    const files = { 'new.dmn': table('new-table', 'Nowa tabela') };
    const all = [{ id: 'interview-term', name: 'Termin wywiadu' }];
    expect(decisionOptions(files, all, '')).toEqual([
      { value: 'new-table', label: 'Nowa tabela (new-table)' },
      { value: 'interview-term', label: 'z innej procedury: Termin wywiadu (interview-term)' },
    ]);
  });
});
