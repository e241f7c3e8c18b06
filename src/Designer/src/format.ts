/** Dates and terms in the words of people. Days are `yyyy-MM-dd`; moments are shown in the zone of the centre. */
import type { Deadline } from './api';
import { localeOf, t } from './i18n';

const ZONE = 'Europe/Warsaw';
const DAY = 86_400_000;

const utc = (day: string) => Date.parse(`${day}T00:00:00Z`);
export const isoDay = (time: number) => new Date(time).toISOString().slice(0, 10);
/** Whole days from one day to another; negative when `to` is earlier. */
export const daysBetween = (from: string, to: string) => Math.round((utc(to) - utc(from)) / DAY);
export const addDays = (day: string, days: number) => isoDay(utc(day) + days * DAY);
/** 1 Monday to 7 Sunday. */
export const weekday = (day: string) => new Date(utc(day)).getUTCDay() || 7;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(value: number | Date, options: Intl.DateTimeFormatOptions): string {
  const id = localeOf() + JSON.stringify(options);
  let known = formats.get(id);
  if (!known) formats.set(id, (known = new Intl.DateTimeFormat(localeOf(), options)));
  return known.format(value);
}

const ofDay = (day: string, options: Intl.DateTimeFormatOptions) => format(utc(day), { ...options, timeZone: 'UTC' });

/** The day of a moment in the centre. */
export function dayOf(moment: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: ZONE,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return parts.format(new Date(moment));
}

/** `2026-11-09T09:00` on the clock of the centre as a moment with its offset. */
export function inCentre(local: string): string {
  const guess = new Date(`${local}:00Z`);
  const zone = new Intl.DateTimeFormat('en', { timeZone: ZONE, timeZoneName: 'longOffset' }).formatToParts(guess);
  const offset = zone.find((part) => part.type === 'timeZoneName')?.value.replace('GMT', '') ?? '';
  return `${local}:00${offset === '' ? 'Z' : offset}`;
}

/** 10:42 */
export const timeOf = (moment: string | Date) =>
  format(new Date(moment), { hour: 'numeric', minute: '2-digit', timeZone: ZONE });

/** 20 listopada, with the year where it is not the year of `today`. */
export function plainDay(day: string, today: string): string {
  // A day typed by half is shown as it is.
  if (Number.isNaN(utc(day))) return day;
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' as const };
  return ofDay(day, { day: 'numeric', month: 'long', ...year });
}

/** pt. 20 listopada */
export const shortDay = (day: string, today: string) => `${ofDay(day, { weekday: 'short' })} ${plainDay(day, today)}`;

/** wtorek, 24 listopada 2026 */
export const longDay = (day: string) => ofDay(day, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** The column of a calendar: pn, wt, śr. */
export const columnDay = (day: string) => t(`weekday.${weekday(day) as 1 | 2 | 3 | 4 | 5 | 6 | 7}`);

/** dziś, jutro, wczoraj, or the day: for the past and the near future in running text. */
export function nearDay(day: string, today: string): string {
  const away = daysBetween(today, day);
  if (away === 0) return t('day.today');
  if (away === 1) return t('day.tomorrow');
  if (away === -1) return t('day.yesterday');
  return plainDay(day, today);
}

/** dziś 10:42, wczoraj 9:10, 3 listopada 12:00 */
export const nearMoment = (moment: string, today: string) => `${nearDay(dayOf(moment), today)} ${timeOf(moment)}`;

export type Due = { day: string; days: number; urgency: 'late' | 'today' | 'later'; words: string };

/**
 * The due day of a task against the day of the centre. A task is late from the midnight after its last day; a term in
 * hours
 * is named with its hour, and is late from that hour (`now`).
 */
export function dueOf(
  task: { dueDate: string | null; deadline: Pick<Deadline, 'dueOn'> | null },
  today: string,
  now?: string,
): Due | null {
  const day = task.deadline?.dueOn ?? (task.dueDate === null ? null : dayOf(task.dueDate));
  if (day === null) return null;
  const days = daysBetween(today, day);
  const hour = task.dueDate === null ? null : hourOf(task.dueDate);
  const passed = days === 0 && hour !== null && now !== undefined && task.dueDate !== null && task.dueDate < now;
  if (days < 0) return { day, days, urgency: 'late', words: t('due.late', { n: -days }) };
  if (passed) return { day, days, urgency: 'late', words: t('due.passedAt', { time: hour }) };
  if (days === 0) {
    return {
      day,
      days,
      urgency: 'today',
      words: hour === null ? t('due.today') : t('due.todayAt', { time: hour }),
    };
  }
  return { day, days, urgency: 'later', words: days === 1 ? t('due.tomorrow') : t('due.in', { n: days }) };
}

/** A due moment at the end of its day is a day, not an hour. */
function hourOf(dueDate: string): string | null {
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: ZONE });
  return time.format(new Date(dueDate)) === '23:59' ? null : timeOf(dueDate);
}

/** 340 KB, 2,4 MB */
export function fileSize(bytes: number): string {
  const small = bytes < 1_000_000;
  const amount = new Intl.NumberFormat(localeOf(), { maximumFractionDigits: small ? 0 : 1 });
  return small
    ? `${amount.format(Math.max(1, Math.round(bytes / 1000)))} KB`
    : `${amount.format(bytes / 1_000_000)} MB`;
}
