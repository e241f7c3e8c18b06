import { useCallback, useEffect, useRef, useState } from 'react';
import type { Answer, Problem } from './api';
import { t } from './i18n';

export type Loaded<T> = {
  value: T | null;
  problem: Problem | null;
  /** No value yet, and an answer is on its way. */
  loading: boolean;
  /** Asks again; what is shown stays until the new answer is here. */
  reload: () => void;
};

/**
 * Loads a value and loads it anew when `id` changes. A failed reload keeps the value it had: a page never turns empty
 * because a connection was lost.
 */
export function useLoad<T>(id: string, load: () => Promise<Answer<T>>): Loaded<T> {
  const [state, setState] = useState<{ id: string; value: T | null; problem: Problem | null } | null>(null);
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  useEffect(() => {
    latest.current = load;
  });
  useEffect(() => {
    let wanted = true;
    void latest.current().then((answer) => {
      if (!wanted) return;
      setState((before) =>
        answer.ok
          ? { id, value: answer.value, problem: null }
          : { id, value: before?.id === id ? before.value : null, problem: answer.problem },
      );
    });
    return () => {
      wanted = false;
    };
  }, [id, turn]);
  const current = state?.id === id ? state : null;
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { value: current?.value ?? null, problem: current?.problem ?? null, loading: current === null, reload };
}

/** The title of the browser's window and history: never a name or a case of a person. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – ${t('app.name')}`;
  }, [title]);
}
