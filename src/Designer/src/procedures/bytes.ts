/** Saving keeps what nobody touched as it was written: attributes in their order, quotation marks as they stood. */

const named = (xml: string) => xml.replace(/&#34;/g, '&quot;').replace(/&#39;/g, '&apos;');

/** Lines of bpmn-js with the lines of the file they stand for, each as often as it occurs. */
export type Lines = ReadonlyMap<string, readonly string[]>;

/** Only where both say it line by line; otherwise the file takes the form of bpmn-js. */
export function linesOf(written: string, original: string): Lines {
  const [mine, theirs] = [written.split('\n'), original.split('\n')];
  const found = new Map<string, string[]>();
  if (mine.length !== theirs.length) return found;
  mine.forEach((line, at) => {
    const known = found.get(line);
    const before = theirs[at] ?? line;
    if (known === undefined) found.set(line, [before]);
    else known.push(before);
  });
  for (const [line, before] of found) if (before.every((one) => one === line)) found.delete(line);
  return found;
}

export function restore(xml: string, lines: Lines): string {
  const used = new Map<string, number>();
  const restored = xml.split('\n').map((line) => {
    const known = lines.get(line);
    if (known === undefined) return named(line);
    const at = used.get(line) ?? 0;
    used.set(line, at + 1);
    return known[at] ?? known.at(-1) ?? line;
  });
  return restored.join('\n');
}
