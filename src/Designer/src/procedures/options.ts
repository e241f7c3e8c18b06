/** What a step may name: the forms and tables of the draft, and those of the other procedures, as people call them. */
import type { Option } from '../components/fields';
import { t } from '../i18n';
import type { Files, Named } from './api';

/** The forms of this procedure first, then those of the others by their names; the engine's ids tell equal ones apart. */
export function formOptions(files: Files, own: string[], all: Named[], chosen: string): Option[] {
  const options = own.map((value) => ({ value, label: titleOf(files[`${value}.form`]) ?? value }));
  for (const { id, name } of all) {
    if (!own.includes(id)) options.push({ value: id, label: t('taskForm.elsewhere', { name: `${name} (${id})` }) });
  }
  return chosen === '' || options.some((one) => one.value === chosen)
    ? options
    : [...options, { value: chosen, label: chosen }];
}

/** The noun a form files its answers under, or its first heading. */
export function titleOf(form: string | undefined): string | null {
  if (form === undefined) return null;
  try {
    const { id, properties } = JSON.parse(form) as { id?: string; properties?: Record<string, string> };
    const title = properties?.['documentTitle'];
    return title === undefined ? (id ?? null) : `${title} (${id ?? ''})`;
  } catch {
    return null;
  }
}

/** The tables of this draft, also those nobody has published yet, and then those of the other procedures. */
export function decisionOptions(files: Files, all: Named[], chosen: string): Option[] {
  const options = decisionsOf(files).map(({ id, name }) => ({ value: id, label: `${name} (${id})` }));
  const has = (id: string) => options.some((one) => one.value === id);
  for (const { id, name } of all) {
    if (!has(id)) options.push({ value: id, label: t('taskForm.elsewhere', { name: `${name} (${id})` }) });
  }
  return chosen === '' || has(chosen) ? options : [...options, { value: chosen, label: chosen }];
}

function decisionsOf(files: Files): Named[] {
  const found: Named[] = [];
  for (const [name, text] of Object.entries(files)) {
    if (!name.endsWith('.dmn')) continue;
    const xml = new DOMParser().parseFromString(text, 'application/xml');
    for (const decision of xml.getElementsByTagNameNS('*', 'decision')) {
      const id = decision.getAttribute('id') ?? '';
      if (id !== '') found.push({ id, name: decision.getAttribute('name') ?? id });
    }
  }
  return found;
}
