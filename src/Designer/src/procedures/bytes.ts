/**
 * Saving keeps what nobody touched as it was written: shapes and edges where they stood, attributes in their order,
 * quotation marks as they were.
 */

const named = (xml: string) => xml.replace(/&#34;/g, '&quot;').replace(/&#39;/g, '&apos;');

/** How a file says what bpmn-js says otherwise. */
export type Lines = {
  /** Place of each shape and edge of the drawing, by id: bpmn-js draws sub-processes in an order of its own. */
  order: ReadonlyMap<string, number>;
  /** Lines of bpmn-js with the lines of the file they stand for, each as often as it occurs. */
  variants: ReadonlyMap<string, readonly string[]>;
};

export const NO_LINES: Lines = { order: new Map(), variants: new Map() };

/** Line by line only where both sides have as many; otherwise the file takes the form of bpmn-js. */
export function linesOf(written: string, original: string): Lines {
  const theirs = original.split('\n');
  const order = new Map<string, number>();
  for (const line of theirs) {
    const id = drawnId(line);
    if (id !== undefined && !order.has(id)) order.set(id, order.size);
  }
  const mine = inOrder(written.split('\n'), order);
  const variants = new Map<string, string[]>();
  if (mine.length !== theirs.length) return { order, variants };
  mine.forEach((line, at) => {
    const before = theirs[at] ?? line;
    // A line never stands for one that says something else: another change would put it at another place.
    const kept = meaning(before) === meaning(line) ? before : named(line);
    const known = variants.get(line);
    if (known === undefined) variants.set(line, [kept]);
    else known.push(kept);
  });
  for (const [line, before] of variants) if (before.every((one) => one === line)) variants.delete(line);
  return { order, variants };
}

export function restore(xml: string, { order, variants }: Lines): string {
  const used = new Map<string, number>();
  const restored = inOrder(xml.split('\n'), order).map((line) => {
    const known = variants.get(line);
    if (known === undefined) return named(line);
    const at = used.get(line) ?? 0;
    used.set(line, at + 1);
    return known[at] ?? known.at(-1) ?? line;
  });
  return restored.join('\n');
}

const DRAWN = /^\s*<(?:[\w-]+:)?BPMN(?:Shape|Edge)\s(?:[^>]*\s)?id="([^"]*)"/;
const drawnId = (line: string) => DRAWN.exec(line)?.[1];

/** Shapes and edges where the file has them; new ones stand behind all others. */
function inOrder(lines: string[], order: ReadonlyMap<string, number>): string[] {
  const result: string[] = [];
  let blocks: { place: number; lines: string[] }[] = [];
  const put = () => {
    // Sorting is stable: new blocks keep the order among them.
    blocks.sort((one, other) => one.place - other.place);
    result.push(...blocks.flatMap((one) => one.lines));
    blocks = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const id = drawnId(line);
    if (id === undefined) {
      put();
      result.push(line);
      continue;
    }
    const block = [line];
    const end = line.replace(/^(\s*)<([\w:-]+).*$/, '$1</$2>');
    while (!line.trimEnd().endsWith('/>') && block.at(-1) !== end && at + 1 < lines.length) {
      at += 1;
      block.push(lines[at] ?? '');
    }
    blocks.push({ place: order.get(id) ?? Number.MAX_SAFE_INTEGER, lines: block });
  }
  put();
  return result;
}

const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const plain = (text: string) =>
  text
    .replace(/&(?:#34|quot);/g, '"')
    .replace(/&(?:#39|apos);/g, "'")
    .replace(/&(?:#62|gt);/g, '>')
    .replace(/&(?:#60|lt);/g, '<');

/** The same for two lines that say the same: a tag with its attributes in any order, or a text. */
function meaning(line: string): string {
  const tag = /^\s*<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?>)(.*)$/.exec(line);
  if (tag === null) return plain(line.trim());
  const [, name = '', attributes = '', end = '', rest = ''] = tag;
  const all = [...attributes.matchAll(ATTRIBUTE)].map(([, key = '', double, single]) =>
    [key, plain(double ?? single ?? '')].join('='),
  );
  return JSON.stringify([name, all.sort(), end, plain(rest)]);
}
