import { describe, expect, it } from 'vitest';
import { inCentre } from '../format';
import { processes } from '../test/shipped';
import {
  conditionWords,
  inventedStart,
  literal,
  plainValue,
  readCondition,
  readTerm,
  remindersWords,
  termWords,
  variablesOf,
  writeCondition,
  writeTerm,
} from './rules';

const shipped = [...processes.values()];
const unescaped = (xml: string) =>
  xml
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
const all = (pattern: RegExp) =>
  shipped.flatMap((xml) => [...xml.matchAll(pattern)].map(([, text]) => unescaped(text ?? '')));

describe('terms', () => {
  it('of every shipped procedure are written back as they were', () => {
    const terms = all(/dueDate="([^"]*)"/g);
    expect(terms.length).toBeGreaterThan(50);
    expect(terms.filter((feel) => writeTerm(readTerm(feel)) !== feel)).toEqual([]);
  });

  it('are fields where they are a rule and an expression where they are more', () => {
    expect(readTerm('=deadline(receivedAt, 14, "working-days")')).toEqual({
      kind: 'days',
      from: 'receivedAt',
      amount: '14',
      unit: 'working-days',
      roll: '',
    });
    expect(readTerm('=date and time(alertAt) + duration("PT1H")')).toEqual({
      kind: 'hours',
      from: 'alertAt',
      amount: '1',
    });
    expect(readTerm('=deadline(receivedAt, interviewTerm.amount, interviewTerm.unit)').kind).toBe('raw');
    expect(readTerm('=if a then deadline(b, 1, "days") else c').kind).toBe('raw');
    expect(readTerm('')).toEqual({ kind: 'none' });
  });

  it('are said with Polish plurals', () => {
    expect(termWords(readTerm('=deadline(now(), 2, "working-days")'))).toBe('2 dni robocze');
    expect(termWords(readTerm('=deadline(now(), 14, "days", "forward")'))).toBe('14 dni');
    expect(termWords(readTerm('=deadline(a, b, "days")'))).toBe('obliczane');
  });
});

describe('conditions', () => {
  it('of every shipped procedure are rows that say the same, or stay as they are', () => {
    const conditions = all(/<bpmn:conditionExpression[^>]*>([^<]*)</g);
    expect(conditions.length).toBeGreaterThan(50);
    const read = conditions.map((feel) => [feel, readCondition(feel)] as const);
    expect(read.filter(([feel, found]) => found !== null && writeCondition(found) !== feel)).toEqual([]);
    expect(read.filter(([, found]) => found === null).map(([feel]) => feel)).toEqual(
      expect.arrayContaining([expect.stringContaining('list contains')]),
    );
    expect(read.filter(([, found]) => found !== null).length).toBeGreaterThan(conditions.length * 0.9);
  });

  it('do not split a word inside a text', () => {
    expect(readCondition('=a = "this and that"')?.rows).toEqual([
      { variable: 'a', operator: '=', value: '"this and that"' },
    ]);
    expect(readCondition('=a = 1 and b = 2 or c = 3')).toBeNull();
  });

  it('are said in the words of the form', () => {
    const variables = variablesOf({
      'x.form': JSON.stringify({
        components: [
          {
            type: 'select',
            key: 'outcome',
            label: 'Wynik wywiadu',
            values: [{ value: 'held', label: 'odbył się' }],
            properties: { process: 'true' },
          },
          { type: 'textfield', key: 'note', label: 'Notatka' },
        ],
      }),
      'broken.form': '{',
    });
    expect([...variables.keys()]).toEqual(['outcome']);
    expect(conditionWords('=outcome = "held" and tries < 3', variables)).toBe(
      'Wynik wywiadu to odbył się i tries mniej niż 3',
    );
  });

  it('keep what is typed: a number, a yes, a text with quotation marks', () => {
    expect(['3', 'true', 'a "b"'].map(literal)).toEqual(['3', 'true', '"a \\"b\\""']);
    expect(plainValue(literal('a "b" \\ c'))).toBe('a "b" \\ c');
  });
});

describe('reminders', () => {
  it('are read aloud', () => {
    expect(remindersWords('-3wd,0,+2wd/2wd; head:+2wd')).toBe(
      '3 dni robocze przed terminem, w dniu terminu, 2 dni robocze po terminie, potem co 2 dni robocze, kierownik ośrodka: 2 dni robocze po terminie',
    );
    expect(remindersWords('50%')).toBe('po 50% czasu');
    expect(remindersWords('fast')).toBe('w połowie czasu i w dniu terminu');
  });
});

describe('a trial', () => {
  it('begins with invented facts for terms that no form of the procedure gives', () => {
    const facts = inventedStart(
      { 'process.bpmn': 'dueDate="=deadline(foundOn, 3, ..." dueDate="=deadline(now(), 1, ..."' },
      inCentre('2026-11-09T09:00'),
    );
    expect(facts).toMatchObject({ foundOn: '2026-11-09', receivedAt: '2026-11-09T09:00:00+01:00' });
    expect(inCentre('2026-07-01T09:00')).toBe('2026-07-01T09:00:00+02:00');
  });
});
