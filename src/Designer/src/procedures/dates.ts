/**
 * Invented dates for a way through the drawing: each step takes as long as its term lets it, counted by the calendar of
 * the centre.
 */
import { useEffect, useState } from 'react';
import { addDays } from '../format';
import { t } from '../i18n';
import { findDeadline } from './api';
import type { Element } from './bpmn';
import { typeOf } from './bpmn';
import { extensionValue, timerOf } from './model';
import { readTerm, termWords, type Term } from './rules';

export type Dated = { day: string; words: string };

const DURATION = /^=?\s*(?:duration\(")?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:"\))?$/;

/** A term of a task or of the time an event waits for; null where there is none, or it is computed. */
export function spanOf(element: Element): Term | null {
  const due = extensionValue(element, 'zeebe:TaskSchedule', 'dueDate');
  const waits = /Event$/.test(typeOf(element)) ? timerOf(element).text : '';
  const term = readTerm(due === '' ? waits : due);
  if (term.kind === 'hours') return term;
  if (term.kind === 'days') return /^\d+$/.test(term.amount) ? term : null;
  const found = DURATION.exec(waits);
  const units = ['years', 'months', 'weeks', 'days'];
  const at = found === null ? -1 : found.slice(1).findIndex((amount) => /\d/.test(amount));
  const unit = units[at];
  if (unit === undefined) return null;
  return { kind: 'days', from: 'today()', amount: found?.[at + 1] ?? '', unit, roll: 'none' };
}

/** The day after which the next step begins. */
async function after(term: Term, from: string): Promise<string> {
  if (term.kind === 'hours') return addDays(from, Math.floor(Number(term.amount) / 24));
  if (term.kind !== 'days') return from;
  const { amount, unit, roll } = term;
  const answer = await findDeadline({ amount: Number(amount), unit, from, ...(roll === '' ? {} : { roll }) });
  return answer.ok ? answer.value.dueOn : from;
}

/** By id of the step: when it would be done, and how long it had; a step without a term is done the same day. */
export function useDates(steps: readonly Element[], today: string): Record<string, Dated> {
  const [dates, setDates] = useState<Record<string, Dated>>({});
  const spans = steps.map((one) => ({ id: one.id, term: spanOf(one) }));
  const key = JSON.stringify([spans, today]);
  useEffect(() => {
    let wanted = true;
    const count = async () => {
      const [asked, first] = JSON.parse(key) as [typeof spans, string];
      const found: Record<string, Dated> = {};
      let day = first;
      for (const { id, term } of asked) {
        if (term !== null) day = await after(term, day);
        if (!wanted) return;
        found[id] = { day, words: term === null ? '' : t('guard.after', { term: termWords(term) }) };
      }
      setDates(found);
    };
    void count();
    return () => {
      wanted = false;
    };
  }, [key]);
  return dates;
}
