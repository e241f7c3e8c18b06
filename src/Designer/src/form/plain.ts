/** Answers as text, to be compared by eye or copied. */
import type { Content } from '../api';
import { plainDay } from '../format';
import { t } from '../i18n';
import { labelOf, momentInCentre, type FormField } from './words';

export type PlainAnswer = { label: string; text: string };

export function plainAnswers(schema: Content, content: Content): PlainAnswer[] {
  const lines: PlainAnswer[] = [];
  visit((schema['components'] ?? []) as FormField[], content, '', lines);
  return lines;
}

function visit(fields: FormField[], content: Content, before: string, lines: PlainAnswer[]): void {
  for (const field of fields) {
    const label = before === '' ? labelOf(field) : `${before}, ${labelOf(field)}`;
    if (field.components !== undefined) {
      const path = typeof field['path'] === 'string' ? field['path'] : '';
      const inside = path === '' ? content : at(content, path);
      if (Array.isArray(inside)) {
        inside.forEach((row, index) => visit(field.components ?? [], asContent(row), `${label} ${index + 1}`, lines));
      } else {
        visit(field.components, asContent(inside), before, lines);
      }
    } else if (field.key !== undefined) {
      const text = shown(field, at(content, field.key));
      if (text !== '') lines.push({ label, text });
    }
  }
}

const asContent = (value: unknown): Content => (typeof value === 'object' && value !== null ? (value as Content) : {});

const at = (content: Content, path: string): unknown =>
  path.split('.').reduce<unknown>((inside, part) => asContent(inside)[part], content);

function shown(field: FormField, value: unknown): string {
  const named = (one: unknown) => field.values?.find((option) => option.value === one)?.label ?? String(one);
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return value ? t('answer.yes') : '';
  if (Array.isArray(value)) return value.map(named).join(', ');
  if (field.type === 'datetime' && field.subtype === 'datetime') {
    const { day, time } = momentInCentre(value);
    return `${day === '' ? '' : plainDay(day, '')} ${time}`.trim();
  }
  if (field.type === 'datetime' && field.subtype === 'date' && typeof value === 'string') return plainDay(value, '');
  return typeof value === 'object' ? JSON.stringify(value) : named(value);
}

export const asText = (answers: PlainAnswer[]) => answers.map(({ label, text }) => `${label}: ${text}`).join('\n');
