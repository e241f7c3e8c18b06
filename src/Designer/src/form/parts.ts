/**
 * Parts of a long form. A form says where a part begins with the property `part` of a field, group or list
 * (docs/extensions.md). All fields stay drawn and keep their answers: a part is what is shown of them at a time.
 */
import type { Form } from '@bpmn-io/form-js-viewer';
import type { Content } from '../api';
import { t } from '../i18n';
import { labelOf, type FormField } from './words';

/** `ids` are the fields of the part, those inside of its groups and lists included. */
export type Part = { name: string; ids: Set<string> };
export type PartState = 'todo' | 'ok' | 'bad';
/** What the page shows of the parts: those with a visible field, and which of them is open. */
export type PartsShown = { parts: { index: number; name: string; state: PartState }[]; at: number };

/** Fewer fields are one page, whatever their groups. */
const LONG_FORM_FIELDS = 16;
const GROUPS_MIN = 2;

const fieldsOf = (schema: Content) => (schema['components'] ?? []) as FormField[];
const beginsPart = (field: FormField) => field.properties?.['part'];

/** A group without a path is on the same level as what it holds, so a part may begin inside of it. */
const isFlat = (field: FormField) => field.type === 'group' && ((field['path'] as string | undefined) ?? '') === '';
const spans = (field: FormField): boolean =>
  isFlat(field) && (field.components ?? []).some((inner) => beginsPart(inner) !== undefined || spans(inner));

function allIds(field: FormField): string[] {
  return [field.id, ...(field.components ?? []).flatMap(allIds)];
}

/** The parts in their order; none for a form that is one page. */
export function partsOf(schema: Content): Part[] {
  const fields = fieldsOf(schema);
  const said = saidParts(fields);
  if (said.length > 1) return said;
  return groupParts(fields);
}

function saidParts(fields: FormField[]): Part[] {
  const parts: Part[] = [];
  const before: string[] = [];
  const take = (field: FormField) => {
    const name = beginsPart(field);
    if (name !== undefined) parts.push({ name, ids: new Set() });
    if (spans(field)) {
      field.components?.forEach(take);
      return;
    }
    const current = parts[parts.length - 1];
    for (const id of allIds(field)) {
      if (current === undefined) before.push(id);
      else current.ids.add(id);
    }
  };
  fields.forEach(take);
  before.forEach((id) => parts[0]?.ids.add(id));
  return parts;
}

/** A long form of somebody who knows no parts: its groups, when nothing stands loose between them. */
function groupParts(fields: FormField[]): Part[] {
  const count = (list: FormField[]): number =>
    list.reduce((sum, field) => sum + (field.components === undefined ? 1 : count(field.components)), 0);
  const isGroup = (field: FormField) => field.components !== undefined && labelOf(field) !== '';
  const first = fields.findIndex(isGroup);
  const rest = first < 0 ? [] : fields.slice(first);
  if (rest.length < GROUPS_MIN || !rest.every(isGroup) || count(fields) < LONG_FORM_FIELDS) return [];
  const head = fields.slice(0, first);
  const parts = rest.map((field) => ({ name: labelOf(field), ids: new Set(allIds(field)) }));
  return head.length === 0 ? parts : [{ name: t('parts.first'), ids: new Set(head.flatMap(allIds)) }, ...parts];
}

type Layouter = { getRows: (id: string) => { components: string[] }[] };
type Registry = { get: (id: string) => FormField | undefined; getForm: () => FormField };

/**
 * Shows the rows of one part and hides the others; null shows all. Rows stay in the page: form-js judges drawn fields.
 */
export function arrange(made: Form, place: HTMLElement, part: Part | null): void {
  const layouter = made.get<Layouter>('formLayouter');
  const registry = made.get<Registry>('formFieldRegistry');
  const walk = (holder: Element | null, field: FormField) => {
    if (holder === null) return;
    const drawn = Array.from(holder.children).filter((child) => child.classList.contains('fjs-layout-row'));
    const rows = layouter.getRows(field.id).filter((row) => row.components.length > 0);
    drawn.forEach((row, index) => {
      const inside = (rows[index]?.components ?? []).map((id) => registry.get(id));
      let shown = part === null;
      for (const one of inside) {
        if (one === undefined) continue;
        if (spans(one)) {
          const held = one.components?.flatMap(allIds) ?? [];
          shown ||= held.some((id) => part?.ids.has(id));
          const group = row.querySelector(':scope .field-group');
          group?.toggleAttribute('data-parts', part !== null);
          walk(group?.querySelector('.fjs-layout-row')?.parentElement ?? null, one);
        } else {
          shown ||= part?.ids.has(one.id) ?? false;
          // The heading of the part says it already.
          row.querySelector(':scope .field-group')?.toggleAttribute('data-parts', labelOf(one) === part?.name);
        }
      }
      row.toggleAttribute('hidden', !shown);
    });
  };
  walk(place.querySelector('.fjs-layout-row')?.parentElement ?? null, registry.getForm());
}
