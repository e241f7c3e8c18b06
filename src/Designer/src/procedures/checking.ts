/** Asks the server about the draft a moment after each change: problems and rules, differences, trials. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Answer } from '../api';
import { OFFLINE } from '../api';
import type { Check, Comparison, Files, Trials } from './api';
import { check, compare, runScenarios } from './api';

export const CHECK_AFTER_MS = 500;

export type Asked<T> = {
  /** What was found of `files`, which may be a moment older than what is on the screen. */
  value: T | null;
  files: Files | null;
  /** An answer for the newest files is on its way. */
  busy: boolean;
  again: () => void;
};

/** One question at a time; an answer to older files is shown until the newer one is here. */
function useAsked<T>(
  files: Files,
  ask: (files: Files, signal: AbortSignal) => Promise<Answer<T>>,
  { wait, on = true }: { wait: number; on?: boolean },
): Asked<T> {
  const [state, setState] = useState<{ files: Files; value: T } | null>(null);
  const [failed, setFailed] = useState<Files | null>(null);
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  useEffect(() => {
    latest.current = ask;
  });
  useEffect(() => {
    if (!on) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      void latest.current(files, stop.signal).then((answer) => {
        if (stop.signal.aborted) return;
        if (answer.ok) setState({ files, value: answer.value });
        else setFailed(files);
      });
    }, wait);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [files, wait, on, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return {
    value: state?.value ?? null,
    files: state?.files ?? null,
    busy: on && state?.files !== files && failed !== files,
    again,
  };
}

export const useCheck = (id: string, files: Files): Asked<Check> =>
  useAsked(files, (now, signal) => check(id, now, signal), { wait: CHECK_AFTER_MS });

export const useComparison = (id: string, files: Files): Asked<Comparison> =>
  useAsked(files, (now) => compare(id, { files: now }), { wait: CHECK_AFTER_MS });

/** Seconds the server may play before it tells how far it is. */
const PATIENCE = 3;
const AGAIN_MS = 4_000;

/**
 * Trials run when nothing else is wrong, for they cost the server more than reading: what was played is shown as it
 * comes.
 * Leaving the page or changing the draft ends the questions, and with them, a little later, the playing.
 */
export function useTrials(id: string, files: Files, on: boolean): Asked<Trials> {
  const [state, setState] = useState<{ files: Files; value: Trials } | null>(null);
  const [failed, setFailed] = useState<Files | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!on) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const answer = await runScenarios(id, files, PATIENCE, stop.signal);
      if (stop.signal.aborted) return;
      if (answer.ok) {
        setState({ files, value: answer.value });
        if (!answer.value.done) void ask();
      } else if (answer.problem.title === OFFLINE) timer = setTimeout(() => void ask(), AGAIN_MS);
      else setFailed(files);
    };
    timer = setTimeout(() => void ask(), CHECK_AFTER_MS * 3);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [id, files, on, turn]);
  const again = useCallback(() => {
    setState(null);
    setFailed(null);
    setTurn((n) => n + 1);
  }, []);
  const isNewest = state !== null && state.files === files;
  return {
    value: state?.value ?? null,
    files: state?.files ?? null,
    busy: on && !(isNewest && state.value.done) && failed !== files,
    again,
  };
}
