/** Running cases on their way to another version (`/api/procedures/{id}/migrations`, `/api/migrations`). */
import type { Person } from '../api';
import { call } from '../api';
import { dayOf, plainDay } from '../format';
import { t } from '../i18n';

export type TermsChoice = 'keep' | 'renew';
export type Place = { elementId: string; name: string; target: string | null; targetName: string | null };
export type PlannedTerm = {
  elementId: string;
  name: string;
  kind: string | null;
  before: string | null;
  /** Null without a term, and where the case cannot go over. */
  after: string | null;
  explanation: string | null;
  /** The new rule gives a later day; the earlier one of the statute or the court stays. */
  held: boolean;
};
type OneCase = { caseNo: string | null; instanceKey: string; places: Place[]; terms: PlannedTerm[] };
export type PreviewItem = OneCase & { blockers: { elementId: string; message: string }[] };
export type Preview = {
  mapping: Record<string, string>;
  missing: Place[];
  /** Steps in which cases stand. */
  steps: {
    elementId: string;
    name: string;
    target: string | null;
    cases: number;
    choices: { elementId: string; name: string }[];
  }[];
  items: PreviewItem[];
  ready: number;
  blocked: number;
  /** Running cases that are too many for one plan and not among the items. */
  beyond: number;
};
export type ItemState = 'waiting' | 'migrated' | 'refused' | 'undone' | 'moved';
export type MigrationItem = OneCase & { state: ItemState; message: string | null; at: string | null };
export type Migration = {
  id: string;
  processId: string;
  name: string;
  from: number;
  to: number;
  terms: TermsChoice;
  state: 'waiting' | 'refused' | 'running' | 'done';
  author: Person;
  at: string;
  reason: string;
  legalBasis: string;
  decidedBy: Person | null;
  decidedAt: string | null;
  refusal: string | null;
  /** The task in which the head decides. */
  taskKey: string | null;
  /** A version that has come into force since the plan was made: the head can only say no. */
  overtaken: number | null;
  /** The plan in words. */
  lines: string[];
  counts: Partial<Record<ItemState, number>>;
  /** Null in a list. */
  items: MigrationItem[] | null;
};
/** `mapping`: only where something else than the suggestion is meant; an empty target is no place. */
export type Route = { from: number; to: number; terms: TermsChoice; mapping: Record<string, string> };

const of = (id: string) => `/api/procedures/${encodeURIComponent(id)}`;
const at = (id: string) => `/api/migrations/${encodeURIComponent(id)}`;

export const previewMigration = (id: string, route: Route) =>
  call<Preview>(`${of(id)}/migration/preview`, { method: 'POST', body: route });
export const prepareMigration = (
  id: string,
  plan: Route & { instances: string[]; reason: string; legalBasis: string },
  intention: string,
) => call<Migration>(`${of(id)}/migrations`, { method: 'POST', body: plan, intention });
export const getMigrations = (id: string) => call<{ items: Migration[] }>(`${of(id)}/migrations`);
export const getMigration = (id: string) => call<Migration>(at(id));
export const undoMigration = (id: string, instances: string[], reason: string, intention: string) =>
  call<Migration>(`${at(id)}/undo`, { method: 'POST', body: { instances, reason }, intention });

/** What becomes of a day: "30 stycznia zamiast 4 lutego". */
export function termWords({ before, after, held, kind }: PlannedTerm, today: string): string {
  const day = (moment: string) => plainDay(dayOf(moment), today);
  if (before === null && after === null) return t('migrate.noTerm');
  if (after === null) return day(before ?? '');
  if (before === null) return t('migrate.termNew', { after: day(after) });
  if (held) return t(kind === 'COURT' ? 'migrate.termHeldCourt' : 'migrate.termHeld', { before: day(before) });
  return before === after
    ? t('migrate.termSame', { before: day(before) })
    : t('migrate.termChanged', { before: day(before), after: day(after) });
}

/** Where it stands and what the step is called afterwards. */
export function placeWords({ name, target, targetName }: Place): string {
  if (target === null || targetName === null) return t('migrate.placeNone', { name });
  return name === targetName ? name : t('migrate.placeNew', { name, target: targetName });
}
