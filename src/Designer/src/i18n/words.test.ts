import { describe, expect, it } from 'vitest';
import en from './en.json';
import { t } from './index';
import pl from './pl.json';

const ENDING = /_(one|few|many|other)$/;
const stems = (words: object) => [...new Set(Object.keys(words).map((key) => key.replace(ENDING, '')))].sort();
const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

describe('words', () => {
  it('have the same keys in both languages', () => {
    expect(stems(en)).toEqual(stems(pl));
  });

  it.each([
    ['pl', pl],
    ['en', en],
  ])('have every plural form of %s', (language, words) => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const counted = Object.keys(words)
      .filter((key) => ENDING.test(key))
      .map((key) => key.replace(ENDING, ''));
    const missing = [...new Set(counted)]
      .flatMap((key) => forms.map((form) => `${key}_${form}`))
      .filter((key) => !(key in words));
    expect(missing).toEqual([]);
  });

  it('name the same values in both languages', () => {
    const polish = pl as Record<string, string>;
    const english = en as Record<string, string>;
    const of = (words: Record<string, string>, stem: string) => places(words[stem] ?? words[`${stem}_other`] ?? '');
    const different = stems(pl).filter((stem) => of(polish, stem).join() !== of(english, stem).join());
    expect(different).toEqual([]);
  });

  it('never shout', () => {
    expect([...Object.values(pl), ...Object.values(en)].filter((text) => text.includes('!'))).toEqual([]);
  });

  it('count in Polish', () => {
    expect([1, 2, 5, 22].map((n) => t('due.late', { n }))).toEqual([
      '1 dzień po terminie',
      '2 dni po terminie',
      '5 dni po terminie',
      '22 dni po terminie',
    ]);
  });
});
