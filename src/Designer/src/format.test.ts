import { describe, expect, it } from 'vitest';
import { columnDay, dayOf, dueOf, fileSize, longDay, nearMoment, plainDay, shortDay, weekday } from './format';

const today = '2026-11-24';
const due = (dueOn: string, dueDate = `${dueOn}T22:59:59Z`, now?: string) =>
  dueOf({ dueDate, deadline: { dueOn } }, today, now);

describe('dueOf', () => {
  it.each([
    ['2026-11-20', 'late', '4 dni po terminie'],
    ['2026-11-23', 'late', '1 dzień po terminie'],
    ['2026-11-24', 'today', 'dziś'],
    ['2026-11-25', 'later', 'jutro'],
    ['2026-11-27', 'later', 'za 3 dni'],
  ])('tells %s as %s: %s', (day, urgency, words) => {
    expect(due(day)).toMatchObject({ urgency, words });
  });

  it('names the hour of a term in hours, and is late from that hour', () => {
    expect(due(today, '2026-11-24T14:30:00Z', '2026-11-24T10:00:00Z')).toMatchObject({
      urgency: 'today',
      words: 'dziś, 15:30',
    });
    expect(due(today, '2026-11-24T14:30:00Z', '2026-11-24T14:31:00Z')).toMatchObject({
      urgency: 'late',
      words: 'po terminie, od 15:30',
    });
  });

  it('is nothing without a term', () => {
    expect(dueOf({ dueDate: null, deadline: null }, today)).toBeNull();
  });
});

describe('days', () => {
  it('are written as people write them', () => {
    expect(shortDay('2026-11-20', today)).toBe('pt. 20 listopada');
    expect(shortDay('2027-01-04', today)).toBe('pon. 4 stycznia 2027');
    expect(plainDay('2026-11-03', today)).toBe('3 listopada');
    expect(longDay(today)).toBe('wtorek, 24 listopada 2026');
    expect(columnDay('2026-11-11')).toBe('śr');
    expect(weekday('2026-11-29')).toBe(7);
  });

  it('are those of Warsaw, not of the machine', () => {
    expect(dayOf('2026-11-23T23:30:00Z')).toBe('2026-11-24');
    expect(nearMoment('2026-11-24T09:42:00Z', today)).toBe('dziś 10:42');
  });
});

describe('fileSize', () => {
  it('uses one unit', () => {
    expect([200, 340_000, 2_400_000].map(fileSize)).toEqual(['1 KB', '340 KB', '2,4 MB']);
  });
});
