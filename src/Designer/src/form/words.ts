/** What a form says about an answer: in our words and languages, with our rules for numbers and moments. */
import { localeOf, t } from '../i18n';

export type FormField = {
  id: string;
  key?: string;
  type: string;
  subtype?: string;
  label?: string;
  dateLabel?: string;
  timeLabel?: string;
  description?: string;
  decimalDigits?: number;
  timeSerializingFormat?: string;
  appearance?: { prefixAdorner?: string; suffixAdorner?: string };
  values?: { label: string; value: string }[];
  properties?: Record<string, string>;
  validate?: { required?: boolean; [rule: string]: unknown };
  components?: FormField[];
  allowAddRemove?: boolean;
  [more: string]: unknown;
};

/** A number as it is read: 50 000. */
export const number = (value: number) => new Intl.NumberFormat(localeOf()).format(value);

export const labelOf = (field: FormField) => field.label ?? field.dateLabel ?? field.timeLabel ?? '';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{2}:\d{2}/;

/** Half a moment is kept as typed (`2026-11-24T`, `T10:30`), so that a draft does not lose it. */
export function splitMoment(value: unknown): { day: string; time: string } {
  if (typeof value !== 'string') return { day: '', time: '' };
  const [day = '', time = ''] = value.split('T');
  return { day: DAY.test(day) ? day : '', time: TIME.test(time) ? time.slice(0, 5) : '' };
}

/** Set in place of a day that does not exist, such as 31 February typed by hand. */
export const NO_SUCH_DAY = '?';

/**
 * The errors of one answer. `told` are the fixed English sentences of form-js, which knows the limits after their
 * expressions
 * were evaluated; before `complete` an empty answer is not yet missing.
 */
export function judge(field: FormField, value: unknown, told: readonly string[], complete = true): string[] {
  if (field.type === 'number' && typeof value === 'string' && value !== '') return [t('form.notANumber')];
  if (typeof value === 'string' && value.length > TEXT_MAX) return [t('form.maxLength', { limit: number(TEXT_MAX) })];
  if (field.type === 'datetime') {
    if (value === NO_SUCH_DAY) return [t('form.noSuchDay')];
    const { day, time } = splitMoment(value);
    if (field.subtype === 'datetime' && (day === '') !== (time === '')) {
      return [t(day === '' ? 'form.dayMissing' : 'form.timeMissing')];
    }
  }
  const said = complete ? told : told.filter((sentence) => sentence !== REQUIRED);
  return [...new Set(said.map((sentence) => translate(field, sentence)))];
}

const REQUIRED = 'Field is required.';

const LIMITS = [
  [/minimum value of (.+)\.$/, 'form.min'],
  [/maximum value of (.+)\.$/, 'form.max'],
  [/minimum length of (.+)\.$/, 'form.minLength'],
  [/maximum length of (.+)\.$/, 'form.maxLength'],
  [/at most (\d+) decimal/, 'form.decimals'],
] as const;

function translate(field: FormField, sentence: string): string {
  if (sentence === REQUIRED) return required(field);
  for (const [pattern, key] of LIMITS) {
    const limit = pattern.exec(sentence)?.[1];
    if (limit !== undefined) return t(key, { limit });
  }
  if (sentence.includes('be an integer')) return t('form.whole');
  if (sentence.includes('phone number')) return t('form.phone');
  if (sentence.includes('valid email')) return t('form.email');
  // The author of the form may have written an own sentence for a pattern.
  const own = field.validate?.['patternErrorMessage'];
  return typeof own === 'string' && own === sentence ? own : t('form.other');
}

function required(field: FormField): string {
  switch (field.type) {
    case 'radio':
    case 'select':
      return t('form.choose');
    case 'checklist':
      return t('form.chooseSome');
    case 'checkbox':
      return t('form.tick');
    case 'number':
      return t('form.number');
    case 'datetime':
      return t(field.subtype === 'datetime' ? 'form.moment' : field.subtype === 'time' ? 'form.time' : 'form.day');
    default:
      return t(field.properties?.['staff'] === undefined ? 'form.text' : 'form.person');
  }
}

const ZONE = 'Europe/Warsaw';

/** The offset of the centre's clock at a moment on that clock, as `+01:00`. */
function offsetAt(day: string, time: string): string {
  const name = new Intl.DateTimeFormat('en', { timeZone: ZONE, timeZoneName: 'longOffset' });
  const part = name.formatToParts(new Date(`${day}T${time}:00+01:00`)).find(({ type }) => type === 'timeZoneName');
  return part?.value.replace('GMT', '') || '+00:00';
}

/** Joins the two inputs; only a whole moment gets the form the schema asks for. */
export function joinMoment(day: string, time: string, format: string | undefined): string | null {
  if (day === '' && time === '') return null;
  if (day === '' || time === '' || format === 'no_timezone') return `${day}T${time}`;
  const withOffset = `${day}T${time}${offsetAt(day, time)}`;
  return format === 'utc_normalized' ? `${new Date(withOffset).toISOString().slice(0, 16)}Z` : withOffset;
}

/** A moment as the server sends it, on the clock of the centre. */
export function momentInCentre(value: unknown): { day: string; time: string } {
  if (typeof value !== 'string' || !/(Z|[+-]\d{2}:\d{2})$/.test(value)) return splitMoment(value);
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime())) return splitMoment(value);
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' }).format(
    moment,
  );
  const [day = '', time = ''] = local.split(' ');
  return { day, time };
}

/** The place of an answer, as the server names it: `children[0].name`. */
export const pathText = (path: readonly (string | number)[]) =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

/**
 * Where a field stands, in words: the rows of lists around it ("Dzieci, pozycja 2"), and its group where its label
 * alone
 * would not tell it from another field.
 */
export function placeWords(
  fields: FormField[],
  field: FormField,
  indexes: Record<string, number>,
): { place: string; label: string } {
  const label = labelOf(field);
  const around = pathTo(fields, field.id) ?? [];
  const isAlone = sameLabel(fields, label) < 2;
  const nearest = around.findLast((holder) => holder.type === 'group' && labelOf(holder) !== '');
  const named = around.flatMap((holder) => {
    const row = indexes[holder.id];
    if (row !== undefined) return [t('errors.row', { list: labelOf(holder), n: row + 1 })];
    return isAlone || holder !== nearest ? [] : [labelOf(holder)];
  });
  return { place: named.join(', '), label };
}

function pathTo(fields: FormField[], id: string): FormField[] | null {
  for (const field of fields) {
    if (field.id === id) return [];
    const inside = pathTo(field.components ?? [], id);
    if (inside !== null) return [field, ...inside];
  }
  return null;
}

const sameLabel = (fields: FormField[], label: string): number =>
  fields.reduce(
    (sum, field) =>
      sum + (field.components === undefined ? Number(labelOf(field) === label) : sameLabel(field.components, label)),
    0,
  );

/** Characters of one text the server takes (FormLimits.TextCharsMax); about twenty printed pages. */
export const TEXT_MAX = 50_000;
