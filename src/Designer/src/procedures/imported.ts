/** Files read from an archive on the list, on their way into the draft of the editor page. */
import type { Files } from './api';

let waiting: { processId: string; files: Files } | null = null;

export function bring(processId: string, files: Files): void {
  waiting = { processId, files };
}

/** Hands them over once. */
export function takeBrought(processId: string): Files | null {
  const files = waiting?.processId === processId ? waiting.files : null;
  if (files !== null) waiting = null;
  return files;
}
