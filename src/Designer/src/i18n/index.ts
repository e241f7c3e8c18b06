/**
 * Words for people. Polish is the first language and comes with the application; English is fetched when chosen. A
 * key with
 * `_one`, `_few`, `_many`, `_other` is chosen by the number `n` and the rules of the language.
 */
import pl from './pl.json';

export type Language = 'pl' | 'en';
type Ending = '_one' | '_few' | '_many' | '_other';
type Base<K> = K extends `${infer Stem}${Ending}` ? Stem : K;
export type Key = Base<keyof typeof pl>;
type Values = Record<string, string | number>;

const STORED = 'workflowhost.language';
let words: Record<string, string> = pl;
let language: Language = 'pl';
let plural = new Intl.PluralRules('pl');

export const languageOf = (): Language => language;
/** The locale of dates and numbers. */
export const localeOf = (): string => (language === 'pl' ? 'pl-PL' : 'en-GB');

/** Before anything is shown: the language this person chose in this browser. */
export async function loadLanguage(chosen: string | null = localStorage.getItem(STORED)): Promise<void> {
  language = chosen === 'en' ? 'en' : 'pl';
  words = language === 'en' ? (await import('./en.json')).default : pl;
  plural = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

/** Remembers the language and shows the application anew in it. */
export function changeLanguage(next: Language): void {
  localStorage.setItem(STORED, next);
  location.reload();
}

export function t(key: Key, values: Values = {}): string {
  const n = values['n'];
  const text = (typeof n === 'number' ? words[`${key}_${plural.select(n)}`] : undefined) ?? words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Words for a code of the server (a role, a status); a code without words is shown as it came. */
export function tCode(family: string, code: string): string {
  return words[`${family}.${code}`] ?? code;
}
