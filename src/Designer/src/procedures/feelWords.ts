/**
 * Polish of the FEEL editor inside form-js and dmn-js: what a function does, and what is wrong with an expression. The
 * editor has no translation: what it explains is changed where it is kept, what it tells is changed where it is shown.
 */
import { camundaBuiltins } from '@camunda/feel-builtins';
import { languageOf, t } from '../i18n';

/** What each function does. Only these are offered: they are the ones that the engine of this product knows, too. */
export const FUNCTIONS: Record<string, string> = {
  abs: 'Wartość bez znaku: liczba albo czas trwania.',
  after: 'Czy pierwsze leży po drugim: liczba, data albo przedział.',
  all: 'Czy wszystkie pozycje listy to „true”.',
  any: 'Czy choć jedna pozycja listy to „true”.',
  append: 'Lista z dopisanymi pozycjami na końcu.',
  assert: 'Wartość, jeżeli warunek zachodzi; inaczej wyrażenie kończy się błędem.',
  before: 'Czy pierwsze leży przed drugim: liczba, data albo przedział.',
  ceiling: 'Liczba zaokrąglona w górę, do podanej liczby miejsc.',
  coincides: 'Czy oba są tym samym przedziałem albo punktem.',
  concatenate: 'Jedna lista złożona z kilku.',
  contains: 'Czy tekst zawiera podany fragment.',
  context: 'Kontekst złożony z listy par: klucz („key”) i wartość („value”).',
  'context merge': 'Jeden kontekst złożony z kilku; późniejszy ma pierwszeństwo.',
  'context put': 'Kontekst z dodaną albo zmienioną wartością pod tym kluczem.',
  count: 'Ile pozycji ma lista.',
  date: 'Data z tekstu „RRRR-MM-DD”, z daty i godziny albo z roku, miesiąca i dnia.',
  'date and time': 'Data i godzina z tekstu albo z daty i godziny osobno.',
  'day of week': 'Dzień tygodnia, po angielsku.',
  'day of year': 'Który to dzień roku.',
  decimal: 'Liczba zaokrąglona do podanej liczby miejsc po przecinku.',
  'distinct values': 'Lista bez powtórzeń.',
  duration: 'Czas trwania z tekstu, na przykład „P14D” to 14 dni.',
  during: 'Czy pierwsze leży w przedziale podanym jako drugie.',
  'ends with': 'Czy tekst kończy się podanym fragmentem.',
  even: 'Czy liczba jest parzysta.',
  exp: 'Liczba e podniesiona do podanej potęgi.',
  'finished by': 'Czy przedział kończy się razem z drugim przedziałem albo w tym punkcie.',
  finishes: 'Czy pierwsze kończy drugi przedział.',
  flatten: 'Lista bez list w środku.',
  floor: 'Liczba zaokrąglona w dół, do podanej liczby miejsc.',
  'get entries': 'Lista par kontekstu: klucz („key”) i wartość („value”).',
  'get or else': 'Wartość, a gdy jej nie ma, druga z podanych.',
  'get value': 'Wartość z kontekstu pod tym kluczem.',
  includes: 'Czy przedział zawiera drugi przedział albo punkt.',
  'index of': 'Na których miejscach listy stoi podana wartość.',
  'insert before': 'Lista z wartością wstawioną przed tym miejscem; pierwsze miejsce to 1.',
  'is blank': 'Czy tekst jest pusty albo ma same odstępy.',
  'is defined': 'Czy wartość jest podana.',
  'is empty': 'Czy lista nie ma żadnej pozycji.',
  'last day of month': 'Ostatni dzień miesiąca, w którym leży data.',
  'list contains': 'Czy lista zawiera podaną wartość.',
  log: 'Logarytm naturalny.',
  'lower case': 'Tekst małymi literami.',
  matches: 'Czy tekst pasuje do wzorca (wyrażenia regularnego).',
  max: 'Największa z wartości.',
  mean: 'Średnia liczb.',
  median: 'Środkowa z liczb.',
  meets: 'Czy pierwszy przedział kończy się tam, gdzie drugi się zaczyna.',
  'met by': 'Czy pierwszy przedział zaczyna się tam, gdzie drugi się kończy.',
  min: 'Najmniejsza z wartości.',
  mode: 'Liczby, które powtarzają się najczęściej.',
  modulo: 'Reszta z dzielenia.',
  'month of year': 'Nazwa miesiąca, po angielsku.',
  not: 'Zaprzeczenie: z „true” robi „false” i odwrotnie.',
  now: 'Teraz: data i godzina.',
  number: 'Liczba z tekstu; można podać znak grup cyfr i znak dziesiętny.',
  odd: 'Czy liczba jest nieparzysta.',
  overlaps: 'Czy przedziały mają część wspólną.',
  'overlaps after': 'Czy pierwszy przedział zaczyna się w drugim i kończy po nim.',
  'overlaps before': 'Czy pierwszy przedział zaczyna się przed drugim i w nim się kończy.',
  partition: 'Lista podzielona na części po tyle pozycji.',
  product: 'Iloczyn liczb.',
  remove: 'Lista bez pozycji na tym miejscu; pierwsze miejsce to 1.',
  replace: 'Tekst, w którym każde miejsce pasujące do wzorca zastąpiono innym.',
  reverse: 'Lista od końca do początku.',
  'round down': 'Liczba zaokrąglona w stronę zera, do podanej liczby miejsc.',
  'round half down': 'Liczba zaokrąglona do najbliższej; połowa w stronę zera.',
  'round half up': 'Liczba zaokrąglona do najbliższej; połowa od zera.',
  'round up': 'Liczba zaokrąglona od zera, do podanej liczby miejsc.',
  sort: 'Lista ułożona według podanej funkcji.',
  split: 'Lista fragmentów tekstu rozdzielonych wzorcem.',
  sqrt: 'Pierwiastek kwadratowy.',
  'started by': 'Czy przedział zaczyna się razem z drugim przedziałem albo w tym punkcie.',
  starts: 'Czy pierwsze zaczyna drugi przedział.',
  'starts with': 'Czy tekst zaczyna się podanym fragmentem.',
  stddev: 'Odchylenie standardowe liczb.',
  string: 'Wartość zapisana jako tekst.',
  'string join': 'Jeden tekst z listy tekstów, z podanym znakiem pomiędzy.',
  'string length': 'Ile znaków ma tekst.',
  sublist: 'Część listy od podanego miejsca; pierwsze miejsce to 1.',
  substring: 'Część tekstu od podanego miejsca; pierwsze miejsce to 1.',
  'substring after': 'Część tekstu po podanym fragmencie.',
  'substring before': 'Część tekstu przed podanym fragmentem.',
  sum: 'Suma liczb.',
  time: 'Godzina z tekstu, z daty i godziny albo z godziny, minuty i sekundy.',
  today: 'Dzisiejsza data.',
  trim: 'Tekst bez odstępów na początku i na końcu.',
  union: 'Jedna lista z kilku, bez powtórzeń.',
  'upper case': 'Tekst wielkimi literami.',
  'week of year': 'Który to tydzień roku (ISO 8601).',
  'years and months duration': 'Ile lat i miesięcy jest między datami.',
};

// Before an editor is read: it copies the list, and asks each function for its words when they are shown.
const known = camundaBuiltins.filter((one) => Object.hasOwn(FUNCTIONS, one.name));
for (const one of known) {
  const original = one.info;
  Object.defineProperty(one, 'info', {
    enumerable: true,
    get: () => (languageOf() === 'pl' ? explained(FUNCTIONS[one.name] ?? '', original) : original),
  });
}
camundaBuiltins.splice(0, camundaBuiltins.length, ...known);

/** The sentence, how the function is written, and its examples: code says the same in every language. */
function explained(words: string, original: string): string {
  const [written = '', ...examples] = original.match(/<pre>[^]*?<\/pre>/g) ?? [];
  const shown = examples.length === 0 ? '' : `<p><strong>${t('feel.examples')}</strong></p>${examples.join('')}`;
  return `<p>${words}</p><p><strong>${t('feel.written')}</strong></p>${written}${shown}`;
}

const SAID: [RegExp, string][] = [
  [/^Unrecognized token\b/, 'Tego zapisu FEEL nie zna. Sprawdź to miejsce.'],
  [/^Incomplete\b/, 'Tu czegoś brakuje: dokończ wyrażenie.'],
  [/^First item is accessed via \[1\]$/, 'Pierwsza pozycja listy to [1].'],
  [/^fix$/, 'Popraw'],
  [/^Completions$/, 'Podpowiedzi'],
  [/^definition$/, 'definicja'],
  [/^expression$/, 'wyrażenie'],
  [/^quantified expression$/, 'warunek na liście'],
  [/^block$/, 'blok'],
  [/^literal$/, 'wartość'],
];

/** Null for a text that the editor does not say of itself. */
export function feelWords(text: string): string | null {
  return SAID.find(([pattern]) => pattern.test(text.trim()))?.[1] ?? null;
}

const TOLD = '.cm-tooltip :is(.cm-diagnosticText, .cm-diagnosticAction, .cm-completionDetail)';

function translate(): void {
  for (const place of document.querySelectorAll(TOLD)) {
    const words = feelWords(place.textContent);
    if (words !== null) place.textContent = words;
  }
  for (const list of document.querySelectorAll('.cm-tooltip [aria-label="Completions"]')) {
    list.setAttribute('aria-label', feelWords('Completions') ?? '');
  }
}

/** While an editor stands, what its expressions tell is Polish; returns how to let go of it. */
export function speakFeel(): () => void {
  if (languageOf() !== 'pl') return () => undefined;
  const watcher = new MutationObserver(translate);
  watcher.observe(document.body, { childList: true, subtree: true });
  return () => watcher.disconnect();
}
