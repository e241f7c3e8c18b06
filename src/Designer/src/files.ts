/**
 * Files of a case go through the one way to the server, so that a refusal is words on the page and not a page of its
 * own.
 */
import type { Problem } from './api';
import { getFile } from './api';

/** Saves the file under `name`; the problem, or null when it is saved. */
export async function saveFile(address: string, name: string): Promise<Problem | null> {
  const answer = await getFile(address);
  if (!answer.ok) return answer.problem;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(answer.value);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return null;
}

/**
 * Shows the file in a window of its own; the window opens at once, so the browser does not hold it for an
 * advertisement.
 */
export async function showFile(address: string): Promise<Problem | null> {
  const page = window.open('', '_blank');
  const answer = await getFile(address);
  if (!answer.ok) {
    page?.close();
    return answer.problem;
  }
  const shown = URL.createObjectURL(answer.value);
  if (page === null) location.assign(shown);
  else page.location.href = shown;
  setTimeout(() => URL.revokeObjectURL(shown), 60_000);
  return null;
}
