// @vitest-environment jsdom
/** Every text that the installed form-js and dmn-js say of themselves has Polish words. */
import { describe, expect, it, vi } from 'vitest';
import { filesOf, processes } from '../test/shipped';
import { FORM_WORDS, formWords, nameInPolish, speakPolish } from './formWords';
import { FormEditor } from '@bpmn-io/form-js-editor';
import { TABLE_WORDS } from './tableWords';

const forms = import.meta.glob<string>(
  [
    '../../node_modules/@bpmn-io/form-js-editor/dist/index.es.js',
    '../../node_modules/@bpmn-io/form-js-viewer/dist/index.es.js',
  ],
  { query: '?raw', import: 'default', eager: true },
);
const tables = import.meta.glob<string>(
  [
    '../../node_modules/dmn-js-{shared,drd,decision-table,literal-expression,boxed-expression}/lib/**/*.js',
    '!**/HitPolicies.js',
  ],
  { query: '?raw', import: 'default', eager: true },
);
const policies = import.meta.glob<string>(
  '../../node_modules/dmn-js-decision-table/lib/features/hit-policy/HitPolicies.js',
  { query: '?raw', import: 'default', eager: true },
);

const TEXT = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"`;
/** Where form-js puts words for people, and what checks of the panel answer. */
const PLACES = [
  `(?:label|title|children|description|placeholder|tooltip|alt|emptyText|"aria-label")\\s*:\\s*(?:\\w+ \\? )?(${TEXT})(?:\\s*:\\s*(${TEXT}))?`,
  `\\breturn (${TEXT});`,
  `\\btranslate\\((${TEXT})`,
  `\\bchildren: \\[(${TEXT})`,
];
/** Examples of form-js itself, names of icons and of the library, which nobody translates. */
const NOT_WORDS =
  /^(?:John Doe|Erika Muller|Dominic Leaf|bpmn\.io|Root|#\w+|\S*[./:_]\S*|[a-z]+(?:[A-Z-]\w*)+|[a-z]+)$/;

function textsOf(source: string): string[] {
  const plain = source.replace(/\/\*[\s\S]*?\*\//g, '');
  return PLACES.flatMap((place) =>
    [...plain.matchAll(new RegExp(place, 'g'))]
      .flatMap(([, one, other]) => [one ?? '', other ?? ''])
      .map((one) => one.slice(1, -1).replace(/\\(['"])/g, '$1'))
      .filter((one) => /[A-Za-z]{2}/.test(one) && !NOT_WORDS.test(one)),
  );
}

describe('The form editor in Polish', () => {
  it('has words for every text of its sources', () => {
    const texts = [...new Set(Object.values(forms).flatMap(textsOf))];
    expect(texts.length).toBeGreaterThan(150);
    expect(texts.filter((text) => formWords(text) === null)).toEqual([]);
  });

  it('knows texts with a number or a name in them', () => {
    expect(formWords('Create a Text field element')).toBe('Dodaj: Krótki tekst');
    expect(formWords('List contains 3 items')).toBe('Pozycji na liście: 3');
    expect(formWords('Should be at most 100.')).toBe('Wpisz najwyżej 100.');
    expect(formWords('Nazwisko dziecka')).toBeNull();
  });

  it('shows no English word, whichever field of a shipped form is chosen', async () => {
    class Nobody {
      observe() {}
      unobserve() {}
      disconnect() {}
    }
    vi.stubGlobal('IntersectionObserver', Nobody);
    vi.stubGlobal('ResizeObserver', Nobody);
    const quiet = speakPolish();
    const container = document.body.appendChild(document.createElement('div'));
    const editor = new FormEditor({ container });
    nameInPolish(editor);
    const shipped = [...processes.keys()]
      .flatMap((folder) => Object.entries(filesOf(folder)))
      .filter(([name]) => name.endsWith('.form'));
    expect(shipped.length).toBeGreaterThan(20);
    const seen = new Map<string, { id: string }>();
    await editor.importSchema(JSON.parse(shipped[0]?.[1] ?? '{}'));
    const english = new Set<string>();
    const words = new Set(Object.keys(FORM_WORDS).filter((text) => FORM_WORDS[text] !== text));
    const look = () => {
      for (const part of container.querySelectorAll('.fjs-palette-container *, .fjs-properties-container *')) {
        for (const text of [part.childElementCount === 0 ? part.textContent : '', part.getAttribute('title') ?? '']) {
          if (words.has(text.trim()) || /\b(the|must|with|field)\b/i.test(text)) english.add(text);
        }
      }
    };
    const fields = editor.get<{ getAll: () => { id: string; type: string }[] }>('formFieldRegistry').getAll();
    const selection = editor.get<{ set: (field: unknown) => void }>('selection');
    for (const field of fields) {
      if (seen.has(field.type)) continue;
      seen.set(field.type, field);
      selection.set(field);
      await new Promise((drawn) => setTimeout(drawn, 30));
      look();
    }
    expect(seen.size).toBeGreaterThan(3);
    expect(container.textContent).toContain('Krótki tekst');
    expect(container.textContent).toContain('Ogólne');
    expect([...english]).toEqual([]);
    const factory = editor.get<{ create: (attrs: object) => { label?: string } }>('fieldFactory');
    expect(factory.create({ type: 'number' }).label).toBe('Liczba');
    editor.destroy();
    quiet();
  });
});

describe('The table editor in Polish', () => {
  it('has words for every text its sources hand to translate', () => {
    const texts = Object.values(tables).flatMap((source) =>
      [...source.matchAll(/translate\(\s*'((?:[^'\\]|\\.)+)'/g)].map(([, text]) => text ?? ''),
    );
    const explained = Object.values(policies).flatMap((source) =>
      [...source.matchAll(/(?:label|explanation): '([^']+)'/g)].map(([, text]) => text ?? ''),
    );
    expect(texts.length).toBeGreaterThan(100);
    expect(explained.length).toBe(22);
    expect([...new Set([...texts, ...explained])].filter((text) => !Object.hasOwn(TABLE_WORDS, text))).toEqual([]);
  });
});
