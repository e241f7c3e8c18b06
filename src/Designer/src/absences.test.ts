import { describe, expect, it } from 'vitest';
import { backOn, calendarOf, rangeWords, twoWeeks } from './absences';
import type { Absence } from './api';

const absence = (who: string, from: string, to: string, more: Partial<Absence> = {}): Absence => ({
  id: `${who}-${from}`,
  person: { userName: who, name: who },
  from,
  to,
  substitute: null,
  scope: 'all',
  authorisation: null,
  state: 'accepted',
  registeredBy: { userName: who, name: who },
  acceptedBy: null,
  reason: null,
  ...more,
});
const days = twoWeeks('2026-11-24');
const shape = (absences: Absence[]) =>
  calendarOf(absences, days).map(({ name, cells }) => [
    name,
    cells.map((cell) => (cell.absence === null ? '.' : String(cell.days))).join(''),
  ]);

describe('twoWeeks', () => {
  it('begins on the Monday of the week and has no weekends', () => {
    expect(days).toHaveLength(10);
    expect([days[0], days[4], days[5], days[9]]).toEqual(['2026-11-23', '2026-11-27', '2026-11-30', '2026-12-04']);
    expect(twoWeeks('2026-11-29')[0]).toBe('2026-11-23');
  });
});

describe('calendarOf', () => {
  it('gives an absence as many cells as it has weekdays here', () => {
    expect(shape([absence('sowa', '2026-11-16', '2026-11-27'), absence('lis', '2026-11-27', '2026-11-30')])).toEqual([
      ['sowa', '5.....'],
      ['lis', '....2....'],
    ]);
  });

  it('puts absences of one person into one line, and an overlap into a second', () => {
    const first = absence('sowa', '2026-11-23', '2026-11-24');
    const second = absence('sowa', '2026-12-02', '2026-12-10', { state: 'requested' });
    expect(shape([second, first])).toEqual([['sowa', '2.....3']]);
    expect(
      shape([first, second, absence('sowa', '2026-11-24', '2026-11-24'), absence('lis', '2026-11-23', '2026-11-23')]),
    ).toEqual([
      ['sowa', '2.....3'],
      ['sowa', '.1........'],
      ['lis', '1.........'],
    ]);
  });

  it('leaves out what is over, ended, or only a weekend', () => {
    expect(
      shape([
        absence('a', '2026-11-16', '2026-11-20'),
        absence('b', '2026-11-24', '2026-11-25', { state: 'ended' }),
        absence('c', '2026-11-28', '2026-11-29'),
      ]),
    ).toEqual([]);
  });
});

describe('backOn', () => {
  it('skips the weekend', () => {
    expect(backOn(absence('a', '2026-11-23', '2026-11-27'))).toBe('2026-11-30');
    expect(backOn(absence('a', '2026-11-23', '2026-11-25'))).toBe('2026-11-26');
  });
});

describe('rangeWords', () => {
  it.each([
    ['2026-12-02', '2026-12-04', '2–4 grudnia'],
    ['2026-11-27', '2026-12-04', '27 listopada – 4 grudnia'],
    ['2026-12-02', '2026-12-02', '2 grudnia'],
    ['2026-12-28', '2027-01-05', '28 grudnia 2026 – 5 stycznia 2027'],
  ])('writes %s to %s as %s', (from, to, words) => {
    expect(rangeWords({ from, to }, '2026-11-24').replaceAll('\u2009', ' ').replaceAll('\u00a0', ' ')).toBe(words);
  });
});
