/** The calendar of absences: weekdays of two weeks, one line of cells for each person. */
import type { Absence } from './api';
import { addDays, plainDay, weekday } from './format';
import { localeOf } from './i18n';

/** Monday to Friday of the week of `day` and of the next one. */
export function twoWeeks(day: string): string[] {
  const monday = addDays(day, 1 - weekday(day));
  return [0, 1, 2, 3, 4, 7, 8, 9, 10, 11].map((away) => addDays(monday, away));
}

/** One day without an absence, or an absence over `days` cells. */
export type Cell = { day: string; days: number; absence: Absence | null };
export type Line = { userName: string; name: string; cells: Cell[] };

/**
 * One line for each absent person in the order of the first day; a second line where two absences of hers overlap. An
 * absence that touches none of the days is not in the calendar.
 */
export function calendarOf(absences: Absence[], days: string[]): Line[] {
  const lines: Line[] = [];
  const wanted = absences
    .filter(({ state }) => state === 'requested' || state === 'accepted')
    .filter((absence) => days.some((day) => covers(absence, day)))
    .sort((a, b) => a.from.localeCompare(b.from));
  for (const absence of wanted) {
    const { userName, name } = absence.person;
    let line = lines.find((one) => one.userName === userName && isFree(one, absence));
    if (line === undefined) {
      line = { userName, name, cells: days.map((day) => ({ day, days: 1, absence: null })) };
      const last = lines.findLastIndex((one) => one.userName === userName);
      lines.splice(last < 0 ? lines.length : last + 1, 0, line);
    }
    const [first, ...rest] = line.cells.filter((cell) => covers(absence, cell.day));
    if (first === undefined) continue;
    first.absence = absence;
    first.days = 1 + rest.length;
    line.cells = line.cells.filter((cell) => !rest.includes(cell));
  }
  return lines;
}

const covers = (absence: Absence, day: string) => absence.from <= day && day <= absence.to;
const isFree = (line: Line, wanted: Absence) =>
  line.cells.every((cell) => cell.absence === null || cell.absence.to < wanted.from || wanted.to < cell.absence.from);

/** Who is away today, who will be, and what is over. */
export const isNow = (absence: Absence, today: string) => absence.state === 'accepted' && covers(absence, today);

/** The first day at work again: the next weekday after the last day. */
export function backOn(absence: Absence): string {
  let day = addDays(absence.to, 1);
  while (weekday(day) > 5) day = addDays(day, 1);
  return day;
}

/** 2–4 grudnia; 27 listopada – 4 grudnia; a single day is itself. The year stands where it is not that of `today`. */
export function rangeWords({ from, to }: Pick<Absence, 'from' | 'to'>, today: string): string {
  if (from === to) return plainDay(from, today);
  const sameYear = [from, to].every((day) => day.slice(0, 4) === today.slice(0, 4));
  const format = new Intl.DateTimeFormat(localeOf(), {
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
    ...(sameYear ? {} : { year: 'numeric' as const }),
  });
  return format.formatRange(Date.parse(`${from}T00:00:00Z`), Date.parse(`${to}T00:00:00Z`));
}
