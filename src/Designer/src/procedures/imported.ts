/** Files from elsewhere (an archive, the product's new version) on their way into the draft of the editor page. */
import type { Files } from './api';

/** `whole`: nothing of the draft stays beside them. */
type Brought = { processId: string; files: Files; whole: boolean; note: string };
let waiting: Brought | null = null;

export function bring(brought: Brought): void {
  waiting = brought;
}

/** Hands them over once. */
export function takeBrought(processId: string): Brought | null {
  const brought = waiting?.processId === processId ? waiting : null;
  if (brought !== null) waiting = null;
  return brought;
}

/** Names of the elements of a diagram, and of its process, by id. */
export function namesOf(diagram: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const element of new DOMParser().parseFromString(diagram, 'application/xml').querySelectorAll('[id][name]')) {
    const name = (element.getAttribute('name') ?? '').replace(/\s+/g, ' ').trim();
    if (name !== '') found.set(element.getAttribute('id') ?? '', name);
  }
  return found;
}

/**
 * The files as those of another procedure: its id instead of the one drawn elsewhere, and executable, which other tools
 * leave open. Everything else keeps its bytes.
 */
export function adopted({ processId, files }: { processId: string; files: Files }, id: string): Files {
  if (processId === id) return files;
  const escaped = processId.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const named = new RegExp(`(\\s(?:id|bpmnElement|processRef)\\s*=\\s*)(["'])${escaped}\\2`, 'g');
  const diagram = (files['process.bpmn'] ?? '').replace(named, (_all, before: string) => `${before}"${id}"`);
  const own = new RegExp(`<(?:[\\w-]+:)?process\\b[^>]*\\sid\\s*=\\s*"${id}"[^>]*>`);
  return {
    ...files,
    'process.bpmn': diagram.replace(own, (tag) => {
      const rest = tag.replace(/\sisExecutable\s*=\s*(["'])[^"']*\1/, '');
      return rest.replace(/\s*\/?>$/, (end) => ` isExecutable="true"${end.trim()}`);
    }),
  };
}
