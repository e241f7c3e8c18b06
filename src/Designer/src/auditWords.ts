/** What an entry of the audit changed, field by field. */
export type Changed = { field: string; before: string; after: string };

/** Fields that are the same on both sides are left out; a side that is not an object is one nameless field. */
export function changesOf(before: unknown, after: unknown): Changed[] {
  if (!isPlain(before) && !isPlain(after)) {
    const [was, is] = [textOf(before), textOf(after)];
    return was === is ? [] : [{ field: '', before: was, after: is }];
  }
  const [was, is] = [isPlain(before) ? before : {}, isPlain(after) ? after : {}];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .map((field) => ({ field, before: textOf(was[field]), after: textOf(is[field]) }))
    .filter((one) => one.before !== one.after);
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
