import { describe, expect, it } from 'vitest';
import { plainAnswers } from './plain';
import { joinMoment, judge, momentInCentre, NO_SUCH_DAY, pathText, type FormField } from './words';

const field = (more: Partial<FormField>): FormField => ({ id: 'f', type: 'textfield', label: 'Pole', ...more });

describe('judge', () => {
  it.each([
    [field({ type: 'radio' }), null, 'Wybierz odpowiedź.'],
    [field({ type: 'checkbox' }), false, 'Zaznacz, żeby potwierdzić.'],
    [field({ type: 'datetime', subtype: 'date' }), null, 'Wpisz datę.'],
    [field({ properties: { staff: 'assistant' } }), '', 'Wybierz osobę z listy.'],
  ])('asks for a missing answer of %o in its own words', (asked, value, words) => {
    expect(judge(asked, value, ['Field is required.'])).toEqual([words]);
    expect(judge(asked, value, ['Field is required.'], false)).toEqual([]);
  });

  it.each([
    ['Field must have minimum value of 1.', 'Wpisz liczbę nie mniejszą niż 1.'],
    ['Field must have maximum length of 20.', 'Skróć tekst do 20 znaków.'],
    ['Value is expected to be an integer.', 'Wpisz liczbę całkowitą.'],
    ['Something new of a later version.', 'Popraw tę odpowiedź.'],
  ])('says %s in Polish', (told, words) => {
    expect(judge(field({ type: 'number' }), 3, [told])).toEqual([words]);
  });

  it('keeps the words of the author of a pattern', () => {
    const own = 'Wpisz znak sprawy, na przykład 5211.1.2026.';
    expect(judge(field({ validate: { patternErrorMessage: own } }), 'x', [own])).toEqual([own]);
  });

  it('finds what is not a number, half a moment and a day that does not exist', () => {
    expect(judge(field({ type: 'number' }), '3 pokoje', [])).toEqual(['Wpisz samą liczbę, na przykład 3 albo 2,5.']);
    const moment = field({ type: 'datetime', subtype: 'datetime' });
    expect(judge(moment, '2026-11-24T', [])).toEqual(['Wpisz też godzinę.']);
    expect(judge(moment, 'T10:30', [])).toEqual(['Wpisz też datę.']);
    expect(judge(moment, NO_SUCH_DAY, [])).toEqual(['Takiego dnia nie ma w kalendarzu. Wpisz całą datę.']);
  });
});

describe('moments', () => {
  it('are written on the clock of the centre, in winter and in summer', () => {
    expect(joinMoment('2026-11-24', '10:05', 'utc_offset')).toBe('2026-11-24T10:05+01:00');
    expect(joinMoment('2026-07-01', '10:05', 'utc_offset')).toBe('2026-07-01T10:05+02:00');
    expect(joinMoment('2026-07-01', '10:05', 'utc_normalized')).toBe('2026-07-01T08:05Z');
    expect(joinMoment('2026-07-01', '', 'utc_offset')).toBe('2026-07-01T');
    expect(joinMoment('', '', 'utc_offset')).toBeNull();
  });

  it.each(['2026-11-24T10:05+01:00', '2026-11-24T09:05Z', '2026-11-24T10:05'])('are read from %s', (value) => {
    expect(momentInCentre(value)).toEqual({ day: '2026-11-24', time: '10:05' });
  });
});

describe('pathText', () => {
  it('names a place as the server does', () => {
    expect(pathText(['children', 0, 'name'])).toBe('children[0].name');
  });
});

describe('plainAnswers', () => {
  it('reads rows, choices and dates as people wrote them', () => {
    const schema = {
      components: [
        field({
          type: 'select',
          key: 'channel',
          label: 'Jak wpłynęło',
          values: [{ label: 'Telefon', value: 'phone' }],
        }),
        {
          id: 'c',
          type: 'dynamiclist',
          label: 'Dzieci',
          path: 'children',
          components: [field({ key: 'name', label: 'Imię' })],
        },
        field({ type: 'datetime', subtype: 'date', key: 'on', label: 'Dzień' }),
        field({ key: 'empty' }),
      ],
    };
    const content = { channel: 'phone', children: [{ name: 'Ola' }, { name: 'Jan' }], on: '2026-11-24', empty: '' };
    expect(plainAnswers(schema, content).map(({ label, text }) => `${label}: ${text}`)).toEqual([
      'Jak wpłynęło: Telefon',
      'Dzieci 1, Imię: Ola',
      'Dzieci 2, Imię: Jan',
      'Dzień: 24 listopada 2026',
    ]);
  });
});
