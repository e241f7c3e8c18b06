/** What a case page says of terms and events. */
import type { CaseBrief, Term, TimelineItem } from './api';
import { dayOf, nearDay, plainDay, shortDay, timeOf } from './format';
import { t, tCode } from './i18n';

/** "rodzina K., Zarzecze" as a heading; a case has no label before the first name is known. */
export const headingOf = (label: string | null) =>
  label === null ? t('casePage.unnamed') : label.charAt(0).toUpperCase() + label.slice(1);

/** Roles the name does not tell already: "Celina Maj, asystent rodziny" names her post, one role says nothing more. */
export const rolesBesides = ({ name, roles }: { name: string; roles: string[] }) =>
  name.includes(',') && roles.length < 2 ? '' : roles.map((role) => tCode('role', role)).join(', ');

export type TermResult = { kind: 'ok' | 'bad' | 'wait'; words: string };

/** A term that is over by its day but not done is as bad as one done late, and says so. */
export function resultOf(term: Pick<Term, 'result' | 'daysLate'>): TermResult {
  switch (term.result) {
    case 'kept':
      return { kind: 'ok', words: t('terms.kept') };
    case 'running':
      return { kind: 'wait', words: t('terms.running') };
    case 'missed':
      // Late by hours within the last day: no whole day to count.
      return {
        kind: 'bad',
        words: term.daysLate < 1 ? t('terms.missedSameDay') : t('terms.missed', { n: term.daysLate }),
      };
    case 'overdue':
      return {
        kind: 'bad',
        words: term.daysLate < 1 ? t('terms.overdueSameDay') : t('terms.overdue', { n: term.daysLate }),
      };
  }
}

/** "4 dotrzymane, 1 przekroczony, 1 trwa"; kinds that have none are left out. */
export function countTerms(terms: Pick<Term, 'result'>[]): string {
  const of = (...results: Term['result'][]) => terms.filter((term) => results.includes(term.result)).length;
  const [kept, late, running] = [of('kept'), of('missed', 'overdue'), of('running')];
  return [
    kept > 0 ? t('terms.countKept', { n: kept }) : '',
    late > 0 ? t('terms.countLate', { n: late }) : '',
    running > 0 ? t('terms.countRunning', { n: running }) : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** dziś, 9:14; pon. 30 listopada, 9:14 */
export function momentWords(moment: string, today: string): string {
  const day = dayOf(moment);
  const near = nearDay(day, today);
  const words = near === plainDay(day, today) ? shortDay(day, today) : near;
  return `${words}, ${timeOf(moment)}`;
}

/** When it happened; a fact entered later has its true day first. */
export function whenOf(item: Pick<TimelineItem, 'at' | 'occurredOn'>, today: string): string {
  if (item.occurredOn === null || item.occurredOn === dayOf(item.at)) return momentWords(item.at, today);
  return t('timeline.enteredLater', {
    day: shortDay(item.occurredOn, today),
    entered: momentWords(item.at, today),
  });
}

/** "2 dorosłych, 3 dzieci. Zgoda na pracę z rodziną: od 17 listopada." */
export function familyWords(brief: Pick<CaseBrief, 'family' | 'consent'>, today: string): string {
  const parts: string[] = [];
  if (brief.family !== null) {
    const adults = t('casePage.adults', { n: brief.family.adults });
    parts.push(`${adults}, ${t('casePage.children', { n: brief.family.children })}.`);
  }
  parts.push(
    brief.consent === null
      ? t('casePage.noConsent')
      : t('casePage.consent', { day: plainDay(brief.consent.since, today) }),
  );
  return parts.join(' ');
}
