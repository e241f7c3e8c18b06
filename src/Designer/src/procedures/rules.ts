/**
 * Small languages of a procedure in the words of its administrator: terms, conditions, reminders. Each keeps what it
 * cannot show.
 */
import { t, tCode } from '../i18n';

/** `=deadline(from, amount, unit, roll)`; `raw` is any other FEEL, `none` no term. */
export type Term =
  | { kind: 'none' }
  | { kind: 'days'; from: string; amount: string; unit: string; roll: string }
  | { kind: 'hours'; from: string; amount: string }
  | { kind: 'raw'; text: string };

/** Arguments of a call, split at commas that stand in no bracket and no text. */
export function splitArguments(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let inText = false;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '"' && text.charAt(at - 1) !== '\\') inText = !inText;
    else if (inText) continue;
    else if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    else if (sign === ',' && depth === 0) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    }
    if (depth < 0) return [];
  }
  const last = text.slice(from).trim();
  return last === '' && found.length === 0 ? [] : [...found, last];
}

const textOf = (argument: string | undefined): string | null => /^"([\w-]+)"$/.exec(argument ?? '')?.[1] ?? null;
const HOURS = /^(?:date and time\((\w+)\)|(now\(\))) \+ duration\("PT(\d+)H"\)$/;

export function readTerm(feel: string): Term {
  if (feel.trim() === '') return { kind: 'none' };
  const body = feel.replace(/^=\s*/, '').trim();
  const hours = HOURS.exec(body);
  if (hours !== null) return { kind: 'hours', from: hours[1] ?? 'now()', amount: hours[3] ?? '' };
  const call = /^deadline\((.*)\)$/s.exec(body)?.[1];
  const [from, amount, unit, roll, ...more] = call === undefined ? [] : splitArguments(call);
  const named = textOf(unit);
  if (from === undefined || amount === undefined || named === null || more.length > 0)
    return { kind: 'raw', text: feel };
  const rolls = roll === undefined ? '' : textOf(roll);
  return rolls === null ? { kind: 'raw', text: feel } : { kind: 'days', from, amount, unit: named, roll: rolls };
}

export function writeTerm(term: Term): string {
  switch (term.kind) {
    case 'none':
      return '';
    case 'raw':
      return term.text;
    case 'hours':
      return `=${term.from === 'now()' ? 'now()' : `date and time(${term.from})`} + duration("PT${term.amount}H")`;
    case 'days': {
      const roll = term.roll === '' ? '' : `, "${term.roll}"`;
      return `=deadline(${term.from}, ${term.amount}, "${term.unit}"${roll})`;
    }
  }
}

/** "14 dni roboczych"; a computed amount is said to be computed. */
export function termWords(term: Term): string {
  switch (term.kind) {
    case 'none':
      return t('term.none');
    case 'raw':
      return t('term.computed');
    case 'hours':
      return t('term.hours', { n: Number(term.amount) });
    case 'days':
      return /^\d+$/.test(term.amount) ? amountWords(Number(term.amount), term.unit) : t('term.computed');
  }
}

export const UNITS = ['days', 'weeks', 'months', 'years', 'working-days'] as const;
export const ROLLS = ['forward', 'none', 'back'] as const;

function amountWords(n: number, unit: string): string {
  const known = UNITS.find((one) => one === unit);
  return known === undefined ? `${n} ${unit}` : t(`term.amount.${known}`, { n });
}

/** A condition as rows that all, or any of which, hold. `null` is FEEL the builder does not show. */
export type Row = { variable: string; operator: string; value: string };
export type Condition = { join: 'and' | 'or'; rows: Row[] };
export const OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const;

const ROW = /^([A-Za-z_][\w.]*)\s*(!=|<=|>=|=|<|>)\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)$/;

export function readCondition(feel: string): Condition | null {
  const body = feel.replace(/^=\s*/, '').trim();
  if (body === '') return { join: 'and', rows: [] };
  for (const join of ['and', 'or'] as const) {
    const rows = splitWords(body, join).map((part) => ROW.exec(part.trim()));
    if (rows.every((row) => row !== null)) {
      return {
        join,
        rows: rows.map(([, variable, operator, value]) => ({
          variable: variable ?? '',
          operator: operator ?? '',
          value: value ?? '',
        })),
      };
    }
  }
  return null;
}

/** Parts between this word, where it stands in no text and no bracket. */
function splitWords(text: string, word: string): string[] {
  const parts: string[] = [];
  let inText = false;
  let depth = 0;
  let from = 0;
  const mark = ` ${word} `;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '"' && text.charAt(at - 1) !== '\\') inText = !inText;
    else if (!inText && '([{'.includes(sign)) depth += 1;
    else if (!inText && ')]}'.includes(sign)) depth -= 1;
    else if (!inText && depth === 0 && text.startsWith(mark, at)) {
      parts.push(text.slice(from, at));
      from = at + mark.length;
      at = from - 1;
    }
  }
  return [...parts, text.slice(from)];
}

export function writeCondition({ join, rows }: Condition): string {
  if (rows.length === 0) return '';
  return `=${rows.map((row) => `${row.variable} ${row.operator} ${row.value}`).join(` ${join} `)}`;
}

/** A typed answer as FEEL: numbers, yes and no as they are, everything else a text. */
export function literal(typed: string): string {
  const plain = typed.trim();
  if (/^(-?\d+(\.\d+)?|true|false|null)$/.test(plain)) return plain;
  return `"${plain.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
}
export const plainValue = (feel: string): string => /^"(.*)"$/s.exec(feel)?.[1]?.replace(/\\(["\\])/g, '$1') ?? feel;

/** "wynik wywiadu = odbył się" for an outline or a title. */
export function conditionWords(feel: string, names: ReadonlyMap<string, Variable>): string {
  const condition = readCondition(feel);
  if (condition === null) return feel.replace(/^=\s*/, '');
  const words = condition.rows.map(({ variable, operator, value }) => {
    const known = names.get(variable);
    const plain = plainValue(value);
    const shown = known?.options.find((one) => one.value === plain)?.label ?? tCode('feelValue', plain);
    return `${known?.label ?? variable} ${tCode('operator', operator)} ${shown}`;
  });
  return words.join(` ${t(condition.join === 'and' ? 'condition.and' : 'condition.or')} `);
}

export type Variable = { key: string; label: string; kind: string; options: { value: string; label: string }[] };
type Field = {
  type?: string;
  key?: string;
  label?: string;
  values?: { value?: unknown; label?: string }[];
  properties?: Record<string, string>;
  components?: Field[];
};

/** Fields that become variables of the procedure, with the words their form uses. */
export function variablesOf(files: Record<string, string>): Map<string, Variable> {
  const found = new Map<string, Variable>();
  const walk = (fields: Field[]) => {
    for (const field of fields) {
      if (field.components !== undefined) walk(field.components);
      if (field.key === undefined || field.properties?.['process'] !== 'true') continue;
      const options = (field.values ?? []).map((one) => ({
        value: String(one.value),
        label: one.label ?? String(one.value),
      }));
      if (field.type === 'checkbox') {
        options.push({ value: 'true', label: t('feelValue.true') }, { value: 'false', label: t('feelValue.false') });
      }
      found.set(field.key, { key: field.key, label: field.label ?? field.key, kind: field.type ?? '', options });
    }
  };
  for (const [name, text] of Object.entries(files)) {
    if (!name.endsWith('.form')) continue;
    try {
      walk((JSON.parse(text) as Field).components ?? []);
    } catch {
      // A form half written names no fields; the problems panel says so.
    }
  }
  return found;
}

/** One rung of a ladder in words: "3 dni robocze przed terminem". Unknown grammar stays as it is written. */
export function rungWords(rung: string): string {
  const text = rung.trim();
  const role = /^([a-z_]+):(.*)$/.exec(text);
  if (role !== null) return t('ladder.to', { who: tCode('role', role[1] ?? ''), when: rungWords(role[2] ?? '') });
  const share = /^(\d+)%$/.exec(text);
  if (share !== null) return t('ladder.share', { share: share[1] ?? '' });
  const found = /^([+-]?)(\d+)(wd|d|h)?(?:\/(\d+)(wd|d|h))?$/.exec(text);
  if (found === null) return text;
  const [, sign = '', amount = '0', unit = 'd', every, everyUnit = 'd'] = found;
  const n = Number(amount);
  const span = (count: number, of: string) => t(`ladder.${of as 'wd' | 'd' | 'h'}`, { n: count });
  const when =
    n === 0 ? t('ladder.dueDay') : t(sign === '-' ? 'ladder.before' : 'ladder.after', { span: span(n, unit) });
  return every === undefined ? when : t('ladder.every', { when, span: span(Number(every), everyUnit) });
}

export const ladderWords = (ladder: string): string =>
  ladder
    .split(/[,;]/)
    .filter((rung) => rung.trim() !== '')
    .map(rungWords)
    .join(', ');

export const NAMED_LADDERS = ['std', 'fast', 'max', 'hour', 'none'] as const;
/** "zwykle", or a free ladder in words, or that it is computed. */
export function remindersWords(value: string): string {
  if (value === '') return t('ladder.absent');
  if (value.startsWith('=')) return t('term.computed');
  const named = NAMED_LADDERS.find((one) => one === value);
  return named === undefined ? ladderWords(value) : t(`ladder.named.${named}`);
}

/**
 * Invented facts a procedure begins its trial with: what its caller or an earlier procedure would have told. Dates
 * from which terms
 * are counted and which no form of its own asks for are the day of the start.
 */
export function inventedStart(files: Record<string, string>, start: string): Record<string, unknown> {
  const xml = files['process.bpmn'] ?? '';
  const own = variablesOf(files);
  const dates = [...xml.matchAll(/deadline\((\w+),/g)].map(([, name]) => name ?? '').filter((name) => !own.has(name));
  return {
    urgency: 'ordinary',
    socialWorker: 'social_worker',
    assistant: 'assistant',
    receivedAt: start,
    ...Object.fromEntries(dates.map((name) => [name, start.slice(0, 10)])),
  };
}
