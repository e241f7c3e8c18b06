/**
 * Fields of the properties panel: each knows its property, so that a problem can lead to it; typing is one change, not
 * many.
 */
import { createContext, use, useEffect, useRef, useState, type ReactNode } from 'react';
import { InputField, TextField } from '../components/fields';
import type { CheckProblem, Files, Lock, Vocabulary } from './api';
import type { Element } from './bpmn';
import type { Live } from './diagram';
import { fieldOf } from './fieldNames';
import type { Variable } from './rules';

export type Panel = {
  live: Live;
  element: Element;
  vocabulary: Vocabulary;
  files: Files;
  variables: ReadonlyMap<string, Variable>;
  locks: Lock[];
  problems: CheckProblem[];
  openFile: (name: string) => void;
};

export const PanelContext = createContext<Panel | null>(null);

export function usePanel(): Panel {
  const panel = use(PanelContext);
  if (panel === null) throw new Error('There is no panel around this field.');
  return panel;
}

/** The words of a problem of this field, if there is one. */
export function useError(field: string): string | undefined {
  return usePanel().problems.find((one) => one.property !== null && fieldOf(one.property) === field)?.message;
}

export function Property({ name, children }: { name: string; children: ReactNode }) {
  return <div data-property={name}>{children}</div>;
}

const COMMIT_MS = 700;

type LineProps = {
  label: string;
  value: string;
  onCommit: (value: string) => void;
  property?: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  long?: boolean;
  inputMode?: 'numeric' | 'text';
  readOnly?: boolean;
  /** Told at every key, for a check as typed. */
  onTyped?: (value: string) => void;
};

/** What is typed becomes one change when the field is left or typing rests. */
export function Line({ value, onCommit, property, long, onTyped, inputMode, readOnly, ...common }: LineProps) {
  const [typed, setTyped] = useState(value);
  const [before, setBefore] = useState(value);
  const waiting = useRef<{ timer: ReturnType<typeof setTimeout>; value: string } | null>(null);
  const told = useRef(onCommit);
  useEffect(() => {
    told.current = onCommit;
  });
  // The model changed elsewhere (undo, a repair): the field shows it.
  if (value !== before) {
    setBefore(value);
    setTyped(value);
  }
  const commit = () => {
    const last = waiting.current;
    if (last === null) return;
    clearTimeout(last.timer);
    waiting.current = null;
    told.current(last.value);
  };
  useEffect(() => commit, []);
  const change = (next: string) => {
    setTyped(next);
    onTyped?.(next);
    if (waiting.current !== null) clearTimeout(waiting.current.timer);
    waiting.current = { value: next, timer: setTimeout(commit, COMMIT_MS) };
  };
  const field = long ? (
    <TextField {...common} value={typed} onChange={change} />
  ) : (
    <InputField
      {...common}
      value={typed}
      onChange={change}
      autoComplete="off"
      spellCheck={false}
      {...(inputMode === undefined ? {} : { inputMode })}
      {...(readOnly === undefined ? {} : { readOnly })}
    />
  );
  return (
    <div data-property={property} onBlur={commit}>
      {field}
    </div>
  );
}
