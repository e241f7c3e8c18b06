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
