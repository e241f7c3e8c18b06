/**
 * The draft of a task: what is typed goes to the server when a field is left and every 10 s, never two requests at
 * once, and
 * stays in memory until the server has it. Nothing here ever drops a word.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { newIntention, OFFLINE, saveDraft, type Content, type Draft, type Person, type Problem } from '../api';
import { leave } from '../leaving';

export type DraftState =
  | { kind: 'idle' }
  | { kind: 'changed' }
  | { kind: 'saved'; at: string }
  /** No answer from the server; it is tried again every few seconds. */
  | { kind: 'waiting' }
  | { kind: 'conflict'; theirs: Draft; mine: Content }
  /** Somebody completed the task, or it is gone. */
  | { kind: 'over'; by: Person | null; at: string | null; mine: Content }
  | { kind: 'refused'; problem: Problem };

type Kept = { content: Content; revision: number };

/** Typed and not yet on the server, by task: survives leaving the page inside the application. */
const kept = new Map<string, Kept>();

export const keptOf = (taskKey: string): Kept | undefined => kept.get(taskKey);
export const forget = (taskKey: string) => kept.delete(taskKey);

export const EVERY_MS = 10_000;
const AGAIN_MS = 4_000;
/** No content is written like this, so whatever is in the form has to be sent. */
const UNSAVED = '-';
/** Until the form is there, nothing is sent. */
const NOTHING = '';

type Options = { taskKey: string; revision: number; savedAt: string | null; read: () => Content; on: boolean };

/**
 * The page was left: what was typed last goes out, after what is on its way; without a connection it waits in memory
 * for the
 * return.
 */
async function sendKept(taskKey: string, flight: Promise<unknown>, revision: () => number): Promise<void> {
  await flight;
  const left = kept.get(taskKey);
  if (left === undefined) return;
  const answer = await saveDraft(taskKey, left.content, revision(), newIntention());
  if (answer.ok && kept.get(taskKey) === left) kept.delete(taskKey);
}

export function useDraft({ taskKey, revision, savedAt, read, on }: Options) {
  const [state, setState] = useState<DraftState>(savedAt === null ? { kind: 'idle' } : { kind: 'saved', at: savedAt });
  const at = useRef({
    revision,
    saved: NOTHING,
    sending: false,
    flight: Promise.resolve(),
    stopped: false,
    again: 0,
    intention: '',
    sent: '',
  });
  const reader = useRef(read);
  useEffect(() => {
    reader.current = read;
  });

  const save = useCallback(async (): Promise<boolean> => {
    const now = at.current;
    const content = reader.current();
    const text = JSON.stringify(content);
    if (!on || now.stopped || now.sending || now.saved === NOTHING) return false;
    if (text === now.saved) return true;
    // The same text sent again after a lost connection is the same intention.
    if (text !== now.sent) Object.assign(now, { intention: newIntention(), sent: text });
    now.sending = true;
    const request = saveDraft(taskKey, content, now.revision, now.intention);
    let landed: () => void = () => undefined;
    now.flight = new Promise<void>((done) => (landed = done));
    const answer = await request;
    now.sending = false;
    // Whoever waits for the flight sees its outcome below: a promise is continued after this function has gone on.
    queueMicrotask(landed);
    if (answer.ok) {
      Object.assign(now, { revision: answer.value.revision, saved: text, sent: '' });
      const latest = kept.get(taskKey);
      if (latest !== undefined && JSON.stringify(latest.content) === text) kept.delete(taskKey);
      else if (latest !== undefined) latest.revision = answer.value.revision;
      setState({ kind: 'saved', at: answer.value.savedAt });
      return true;
    }
    const { problem } = answer;
    if (problem.title === OFFLINE || problem.status >= 500 || problem.status === 429) {
      setState({ kind: 'waiting' });
      window.clearTimeout(now.again);
      now.again = window.setTimeout(() => void save(), AGAIN_MS);
    } else if (problem.status === 409 && problem['draft'] !== undefined) {
      now.stopped = true;
      setState({ kind: 'conflict', theirs: problem['draft'] as Draft, mine: content });
    } else if (problem.status === 404 || problem.status === 409) {
      now.stopped = true;
      const by = (problem['completedBy'] ?? null) as Person | null;
      setState({ kind: 'over', by, at: (problem['completedAt'] ?? null) as string | null, mine: content });
    } else {
      setState({ kind: 'refused', problem });
    }
    return false;
  }, [taskKey, on]);

  /** The form shows its first content: defaults and prefilled answers are nobody's text yet; a kept text is. */
  const begin = useCallback(() => {
    at.current.saved = kept.has(taskKey) ? UNSAVED : JSON.stringify(reader.current());
  }, [taskKey]);

  /** To be called at every change of the form. */
  const changed = useCallback(() => {
    const now = at.current;
    if (!on || now.saved === NOTHING) return;
    const content = reader.current();
    const text = JSON.stringify(content);
    if (text === now.saved) return;
    kept.set(taskKey, { content, revision: now.revision });
    setState((before) => (before.kind === 'saved' || before.kind === 'idle' ? { kind: 'changed' } : before));
  }, [taskKey, on]);

  useEffect(() => {
    const timer = window.setInterval(() => void save(), EVERY_MS);
    const online = () => void save();
    const leaving = (event: BeforeUnloadEvent) => {
      if (kept.has(taskKey)) event.preventDefault();
    };
    const now = at.current;
    window.addEventListener('online', online);
    window.addEventListener('beforeunload', leaving);
    return () => {
      window.clearInterval(timer);
      window.clearTimeout(now.again);
      const sent = on && !now.stopped && sendKept(taskKey, now.flight, () => now.revision);
      if (sent) leave(`task ${taskKey}`, sent);
      window.removeEventListener('online', online);
      window.removeEventListener('beforeunload', leaving);
    };
  }, [save, taskKey, on]);

  /** After a conflict: mine goes over theirs, or theirs is what the form shows now. */
  const decide = useCallback(
    (draft: Draft, mine: boolean) => {
      Object.assign(at.current, {
        revision: draft.revision,
        stopped: false,
        saved: mine ? UNSAVED : NOTHING,
        sent: '',
      });
      if (mine) void save();
      else {
        kept.delete(taskKey);
        setState({ kind: 'saved', at: draft.savedAt });
      }
    },
    [save, taskKey],
  );

  const stop = useCallback(() => {
    at.current.stopped = true;
    kept.delete(taskKey);
  }, [taskKey]);

  const over = useCallback((by: Person | null, when: string | null) => {
    at.current.stopped = true;
    const mine = reader.current();
    // The draft on its way may have learned it first: the form is gone since then, and what was typed is with that
    // answer.
    setState((before) => (before.kind === 'over' ? before : { kind: 'over', by, at: when, mine }));
  }, []);

  return { state, save, begin, changed, decide, stop, over };
}
