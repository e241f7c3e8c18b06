import { describe, expect, it } from 'vitest';
import { countTerms, familyWords, headingOf, momentWords, resultOf, rolesBesides, whenOf } from './caseWords';

const today = '2026-12-01';

describe('resultOf', () => {
  it.each([
    ['kept', 0, 'ok', 'W terminie'],
    ['running', 0, 'wait', 'Trwa'],
    ['missed', 1, 'bad', '1 dzień po'],
    ['missed', 2, 'bad', '2 dni po'],
    ['missed', 0, 'bad', 'Po godzinie'],
    ['overdue', 4, 'bad', '4 dni po terminie'],
    ['overdue', 0, 'bad', 'Po terminie'],
  ] as const)('tells %s by %i days as %s: %s', (result, daysLate, kind, words) => {
    expect(resultOf({ result, daysLate })).toEqual({ kind, words });
  });
});

describe('countTerms', () => {
  it('counts aloud and leaves out what there is none of', () => {
    const terms = (['kept', 'kept', 'missed', 'overdue', 'running'] as const).map((result) => ({ result }));
    expect(countTerms(terms)).toBe('2 dotrzymane, 2 przekroczone, 1 trwa');
    expect(countTerms([{ result: 'kept' }])).toBe('1 dotrzymany');
    expect(countTerms([])).toBe('');
  });
});

describe('moments', () => {
  it('are near days or weekdays, with the hour', () => {
    expect(momentWords('2026-12-01T08:14:00Z', today)).toBe('dziś, 9:14');
    expect(momentWords('2026-11-27T14:40:00Z', today)).toBe('pt. 27 listopada, 15:40');
  });

  it('of a late entry begin with the true day', () => {
    expect(whenOf({ at: '2026-11-30T08:14:00Z', occurredOn: '2026-11-09' }, today)).toBe(
      'pon. 9 listopada (wpisano wczoraj, 9:14)',
    );
    expect(whenOf({ at: '2026-11-30T08:14:00Z', occurredOn: '2026-11-30' }, today)).toBe('wczoraj, 9:14');
  });
});

describe('a family', () => {
  it('is counted, with the consent or its lack', () => {
    expect(familyWords({ family: { adults: 2, children: 3 }, consent: { since: '2026-11-17' } }, today)).toBe(
      '2 dorosłych, 3 dzieci. Zgoda na pracę z rodziną: od 17 listopada.',
    );
    expect(familyWords({ family: { adults: 1, children: 1 }, consent: null }, today)).toBe(
      '1 dorosły, 1 dziecko. Zgody na pracę z rodziną jeszcze nie ma.',
    );
  });

  it('begins with a capital letter in a heading', () => {
    expect(headingOf('rodzina P., Zarzecze')).toBe('Rodzina P., Zarzecze');
  });
});

describe('roles beside a name', () => {
  it('say nothing twice', () => {
    expect(rolesBesides({ name: 'Celina Maj, asystent rodziny', roles: ['assistant'] })).toBe('');
    expect(rolesBesides({ name: 'Celina Maj', roles: ['assistant'] })).toBe('asystent rodziny');
    expect(rolesBesides({ name: 'Ewa Sikora, kierownik', roles: ['head', 'mayor'] })).toBe(
      'kierownik ośrodka, wójt, burmistrz albo prezydent',
    );
  });
});
