/** The answers of a filled form in the order of its schema: what was asked, what was answered. */
import type { Content } from './api';
import { momentInCentre } from './form/words';
import { longDay } from './format';
import { localeOf, t } from './i18n';

export type AnswerRow =
  | { kind: 'answer'; label: string; text: string }
  | { kind: 'group'; label: string; rows: AnswerRow[] }
  | { kind: 'list'; label: string; items: AnswerRow[][] };

type Component = {
  type?: string;
  key?: string;
  path?: string;
  label?: string;
  dateLabel?: string;
  subtype?: string;
  components?: Component[];
  values?: { label?: string; value?: unknown }[];
  properties?: { staff?: string };
};

/** Names of colleagues by user name: the answer of a field that chooses one of them. */
export type Names = ReadonlyMap<string, string>;

/** Only what was answered; a field that its form hid has no answer and does not stand here. */
export function answersOf(schema: Content, content: Content, names: Names = new Map()): AnswerRow[] {
  return rowsOf((schema['components'] as Component[] | undefined) ?? [], content, names);
}

function rowsOf(components: Component[], content: Content, names: Names): AnswerRow[] {
  return components.flatMap((component) => rowOf(component, content, names));
}

function rowOf(component: Component, content: Content, names: Names): AnswerRow[] {
  const label = component.label ?? component.dateLabel ?? '';
  if (component.type === 'group' || component.type === 'dynamiclist') {
    const inside = at(content, component.path);
    const inner = component.components ?? [];
    if (component.type === 'dynamiclist') {
      const items = Array.isArray(inside) ? inside.map((item) => rowsOf(inner, partOf(item), names)) : [];
      const told = items.filter((rows) => rows.length > 0);
      return told.length === 0 ? [] : [{ kind: 'list', label, items: told }];
    }
    const rows = rowsOf(inner, partOf(inside), names);
    return rows.length === 0 ? [] : [{ kind: 'group', label, rows }];
  }
  if (component.key === undefined) return [];
  const text = textOf(component, at(content, component.key), names);
  return text === '' ? [] : [{ kind: 'answer', label: label === '' ? component.key : label, text }];
}

const partOf = (value: unknown): Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Content) : {};

/** A key or a path may lead through groups: `father.address`. */
function at(content: Content, path: string | undefined): unknown {
  if (path === undefined || path === '') return content;
  return path.split('.').reduce<unknown>((inside, name) => partOf(inside)[name], content);
}

function textOf(component: Component, value: unknown, names: Names): string {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value === 'boolean') return t(value ? 'paper.yes' : 'paper.no');
  if (Array.isArray(value)) return value.map((one) => textOf(component, one, names)).join(', ');
  if (typeof value === 'number') return new Intl.NumberFormat(localeOf()).format(value);
  if (typeof value !== 'string') return JSON.stringify(value);
  const chosen = component.values?.find((option) => option.value === value)?.label;
  if (chosen !== undefined) return chosen;
  if (component.properties?.staff !== undefined) return names.get(value) ?? value;
  if (component.type !== 'datetime') return value;
  const { day, time } = momentInCentre(value);
  if (day === '') return value;
  return time === '' ? longDay(day) : `${longDay(day)}, ${time}`;
}
