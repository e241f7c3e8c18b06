/** What the server names as the place of a problem is a field of the panel, or known to have none. */
import { describe, expect, it } from 'vitest';
import { fieldOf, WITHOUT_FIELD } from './fieldNames';

const read = (files: Record<string, string>) => Object.values(files).join('\n');
const server = read(
  import.meta.glob<string>(
    [
      '../../../Workflows/Statute/{ProblemTexts,ProcedureLint}.cs',
      '../../../Api/Procedures/VocabularyLint.cs',
      '../../../Api/Approvals/ApprovalQuestion.cs',
    ],
    { query: '?raw', import: 'default', eager: true },
  ),
);
const panel = read(
  import.meta.glob<string>(['./Props*.tsx', './Properties.tsx'], { query: '?raw', import: 'default', eager: true }),
);

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((found) => found[1] ?? '');

describe('The place of a problem', () => {
  it('is a field of the panel for every property the server sends', () => {
    const sent = new Set([
      // new("fragment", "code", "property", and yield return (severity, "property", "code",
      ...all(server, /new\("[^"]+", "[\w-]+", "([\w.]+)"/g),
      ...all(server, /ProblemSeverity\.\w+, "([\w.]+)", "[\w-]+"/g),
      // Report(element, "property", and the properties of docs/extensions.md
      ...all(server, /Report\(\s*[\w()]+, "([\w.]+)"/g),
      ...all(/TaskProperties =\s*\[([^\]]+)\]/.exec(server)?.[1] ?? '', /"([\w.]+)"/g),
      ...all(/ProcessProperties = \[([^\]]+)\]/.exec(server)?.[1] ?? '', /"([\w.]+)"/g),
    ]);
    expect([...sent].length).toBeGreaterThan(25);
    const fields = new Set([...all(panel, /<Property name="([\w.]+)"/g), ...all(panel, /\bproperty="([\w.]+)"/g)]);
    expect(fields.size).toBeGreaterThan(15);
    const lost = [...sent].filter((one) => !fields.has(fieldOf(one)) && !WITHOUT_FIELD.has(one));
    expect(lost).toEqual([]);
    // A field that came to be is no longer on the list of those without.
    expect([...WITHOUT_FIELD].filter((one) => fields.has(fieldOf(one)))).toEqual([]);
  });
});
