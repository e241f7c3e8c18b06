/** A dialog with a few fields and one act: says what follows, keeps what was typed when the server refuses. */
import { useState, type ReactNode } from 'react';
import type { Answer, Problem } from '../api';
import { newIntention, OFFLINE } from '../api';
import { t } from '../i18n';
import { Button, wordsOf } from './basics';
import { AlertIcon } from './icons';
import { Dialog } from './Overlay';

export type Errors = Record<string, string | undefined>;

type Props<T> = {
  title: string;
  /** The act in a verb: "Przydziel asystentkę". */
  act: string;
  /** The safe choice: "Zostaw bez zmian". */
  keep?: string;
  kind?: 'primary' | 'danger';
  run: (intention: string) => Promise<Answer<T>>;
  onDone: (value: T) => void;
  onClose: () => void;
  /** What is missing before the server is asked. */
  check?: () => Errors;
  wide?: boolean;
  children: ReactNode | ((errors: Errors) => ReactNode);
};

/** Mounted while it is open. */
export function ActDialog<T>({ title, act, keep, kind, run, onDone, onClose, check, wide, children }: Props<T>) {
  const form = useAct(run, onDone, check);
  return (
    <Dialog title={title} open onClose={onClose} wide={wide ?? false}>
      <form noValidate onSubmit={form.submit}>
        <Refused problem={form.problem} />
        {typeof children === 'function' ? children(form.errors) : children}
        <div className="dialog-actions">
          <Button onClick={onClose}>{keep ?? t('act.keep')}</Button>
          <Button kind={kind ?? 'primary'} type="submit" off={form.busy}>
            {form.busy ? t('act.busy') : act}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Why the server refused, where no field says it. */
export function Refused({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <p className="error" role="alert">
      <AlertIcon />
      {problem.title === OFFLINE ? t('act.offline') : wordsOf(problem)}
    </p>
  );
}

/**
 * One act at a time. The same press sent again after a lost connection carries the same key; after an answer of the
 * server the next press is a new intention.
 */
export function useAct<T>(
  run: (intention: string) => Promise<Answer<T>>,
  onDone: (value: T) => void,
  check?: () => Errors,
) {
  const [busy, setBusy] = useState(false);
  const [intention, setIntention] = useState(newIntention);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useState<Errors>({});
  const start = async () => {
    if (busy) return;
    const missing = check?.() ?? {};
    setErrors(missing);
    setProblem(null);
    if (Object.values(missing).some((text) => text !== undefined)) return;
    setBusy(true);
    const answer = await run(intention);
    setBusy(false);
    if (answer.ok || answer.problem.title !== OFFLINE) setIntention(newIntention());
    if (answer.ok) {
      onDone(answer.value);
      return;
    }
    const told = Object.entries(answer.problem.errors ?? {}).map(([field, texts]) => [field, texts.join(' ')] as const);
    setErrors(Object.fromEntries(told));
    setProblem(told.length > 0 && answer.problem.detail === '' ? null : answer.problem);
  };
  return {
    busy,
    problem,
    errors,
    start: () => void start(),
    submit: (event: { preventDefault: () => void }) => {
      event.preventDefault();
      void start();
    },
  };
}
