/** A term: how far away, when, who set it, and on demand how it was counted. */
import type { Deadline, DeadlineKind, TaskItem } from '../api';
import { addDays, columnDay, daysBetween, dueOf, longDay, plainDay, shortDay, weekday } from '../format';
import { t } from '../i18n';
import { CalendarIcon, ChevronIcon, ClockIcon, LateIcon } from './icons';

/** The law is violet, a court has a double edge, the rest is dashed and grey. */
export function TermMark({ kind }: { kind: DeadlineKind | null }) {
  if (kind === null) return null;
  const look = { STAT: 'term law', COURT: 'term court', CUST: 'term', HOUSE: 'term' }[kind];
  return <span className={look}>{t(`term.${kind}`)}</span>;
}

type Dated = Pick<TaskItem, 'dueDate' | 'termKind'> & { deadline: Pick<Deadline, 'dueOn'> | null };

export function DueBadge({ task, today, now }: { task: Dated; today: string; now?: string | undefined }) {
  const due = dueOf(task, today, now);
  if (due === null) return <span className="due quiet">{t('due.none')}</span>;
  const look = due.urgency === 'later' ? 'due' : `due ${due.urgency}`;
  return (
    <span className={look}>
      {due.urgency === 'late' ? <LateIcon /> : due.urgency === 'today' ? <ClockIcon /> : <CalendarIcon />}
      <b>{due.words}</b>
      <small>
        <span>{shortDay(due.day, today)}</span>
        <TermMark kind={task.termKind} />
      </small>
    </span>
  );
}

const LINE = 24;
const WEEKS = 70;

/**
 * Every day from the event to the end: the start outlined, counted days numbered, skipped ones hatched, the end
 * solid. A term
 * of more than ten weeks is told in words only.
 */
export function DayRuler({ deadline, today }: { deadline: Deadline; today: string }) {
  const { from, dueOn } = deadline;
  if (from === null) return null;
  const length = daysBetween(from, dueOn);
  if (length < 1 || length > WEEKS) return null;
  const skipped = new Map(deadline.skipped.map((day) => [day.date, day.why]));
  const bound = deadline.kind === 'STAT' || deadline.kind === 'COURT';
  const days = countDays(from, dueOn, skipped);
  return (
    <ol
      className={length <= LINE ? 'ruler line' : 'ruler'}
      aria-label={t('ruler.label', { from: plainDay(from, today), to: plainDay(dueOn, today) })}
    >
      {days.map(({ date, off, count }, index) => {
        const look = [
          index === 0 ? `from on-${weekday(date)}` : '',
          date === dueOn ? (bound ? 'to law' : 'to') : '',
          off ? 'off' : '',
        ];
        return (
          <li key={date} className={look.filter(Boolean).join(' ') || undefined}>
            <span>{columnDay(date)}</span>
            <b>{Number(date.slice(8))}</b>
            <i>{index === 0 ? t('ruler.start') : off ? skippedMark(skipped.get(date)) : count}</i>
          </li>
        );
      })}
    </ol>
  );
}

/** The day of the event is not counted, nor is a skipped one; the last day always is. */
function countDays(from: string, dueOn: string, skipped: Map<string, string>) {
  const days: { date: string; off: boolean; count: number }[] = [];
  let count = 0;
  for (let date = from; date <= dueOn; date = addDays(date, 1)) {
    const off = date !== from && date !== dueOn && skipped.has(date);
    if (date !== from && !off) count += 1;
    days.push({ date, off, count });
  }
  return days;
}

/** A holiday is marked in the cell; a weekend is seen from its day. */
function skippedMark(why: string | undefined) {
  return why !== undefined && !/sobota|niedziela|weekend/i.test(why) ? (
    <abbr title={why}>{t('ruler.holiday')}</abbr>
  ) : null;
}

/** Somebody's own date has nothing to derive. */
export const canExplain = (deadline: Deadline) => deadline.explanation !== '' || deadline.from !== null;

/** "Skąd ten termin?": the ruler, then the same in words, then the source. */
export function Why({ deadline, today, wide }: { deadline: Deadline; today: string; wide?: boolean }) {
  const bound = deadline.kind === 'STAT' || deadline.kind === 'COURT';
  return (
    <details className={wide ? 'why why-wide' : 'why'}>
      <summary>
        <ChevronIcon />
        {t('why.question')}
      </summary>
      <div className="why-body">
        <DayRuler deadline={deadline} today={today} />
        {deadline.explanation !== '' && <p>{deadline.explanation}</p>}
        <p>{t('why.end', { day: longDay(deadline.dueOn) })}</p>
        {deadline.basis !== null && (
          <p className="quiet">
            <span className={bound ? 'term law cite' : 'term'}>{deadline.basis}</span>
          </p>
        )}
      </div>
    </details>
  );
}
