/** Procedures, their drafts and publications on the server (`/api/procedures`, `/api/publications`). */
import type { Answer, Person } from '../api';
import { call, query } from '../api';

/** Contents by file name: `process.bpmn`, forms (`.form`), tables (`.dmn`). */
export type Files = Record<string, string>;
export type Version = {
  version: number;
  definitionKey: string;
  at: string;
  /** Null for the version that came with the product. */
  by: Person | null;
  source: 'shipped' | 'office';
  reason: string | null;
  legalBasis: string | null;
  validFrom: string | null;
  approvedBy: Person | null;
  hash: string;
  running: number;
};
export type Publication = {
  id: string;
  processId: string;
  name: string;
  baseVersion: number;
  revision: number;
  state: 'waiting' | 'released' | 'refused' | 'scheduled';
  author: Person;
  at: string;
  reason: string;
  legalBasis: string;
  validFrom: string;
  hash: string;
  decidedBy: Person | null;
  decidedAt: string | null;
  refusal: string | null;
  version: number | null;
  /** The change in words. */
  lines: string[];
  /** Warnings and scenarios the author said yes to, in words. */
  accepted?: string[];
  /** How closed cases would have gone when it was asked for. */
  backtest: Backtest | null;
};
/** A case may stand in several counts, except `same`. */
export type Backtest = {
  cases: number;
  same: number;
  otherPath: number;
  approvalsLost: number;
  laterTerms: number;
  earlierTerms: number;
  statutoryLater: number;
  unfinished: number;
  /** Closed cases that were not looked at: too many, or no time left. */
  leftOut: number;
  erased: number;
  moved: number;
  failed: number;
  /** What differs stands first. */
  items: BacktestItem[];
  elapsedMs: number;
};
export type BacktestItem = {
  caseNo: string | null;
  instanceKey: string;
  version: number | null;
  outcome: string[];
  first: { elementId: string; name: string } | null;
  lines: string[];
};
export type ProcedureItem = {
  processId: string;
  name: string;
  opensCase: boolean;
  version: number;
  /** Newest first. */
  versions: Version[];
  running: number;
  rules: number;
  draft: { revision: number; savedAt: string; savedBy: Person; baseVersion: number; outdated: boolean } | null;
  newProductVersion: { hash: string; at: string } | null;
  waiting: Publication | null;
};
export type Lock = { article: string; sentence: string };
export type Locked = {
  /** Keys of fields that a statute requires, by form. */
  forms: Record<string, string[]>;
  elements: Record<string, Lock[]>;
};
export type ProcedureDraft = {
  /** 0: nobody changed anything yet, the files are those of the newest version. */
  revision: number;
  baseVersion: number;
  outdated: boolean;
  savedAt: string | null;
  savedBy: Person | null;
  files: Files;
  locked: Locked;
};
export type Saved = { revision: number; savedAt: string };
export type Revision = { revision: number; at: string; by: Person; note: string | null };
export type CheckProblem = {
  severity: 'error' | 'warning';
  code: string;
  file: string;
  elementId: string | null;
  property: string | null;
  message: string;
  /** Names this warning when it is accepted. */
  tick: string;
};
export type Finding = {
  ruleId: string;
  article: string;
  sentence: string;
  holds: boolean;
  meaning: string | null;
  elements: string[];
  path: string[];
  repair: string | null;
};
export type Check = { problems: CheckProblem[]; guard: Finding[]; elapsedMs: number };
export type Change = 'added' | 'changed' | 'removed';
export type Comparison = {
  elements: { elementId: string; change: Change }[];
  lines: { file: string; elementId: string | null; change: Change; text: string }[];
  hash: string;
};
export type Act =
  | { complete: string; form: Record<string, unknown> }
  | { until: string }
  | { message: string; variables: Record<string, unknown> }
  | { fire: string };
export type Walk = { start: string; variables: Record<string, unknown>; acts: Act[] };
export type Simulation = {
  now: string;
  ended: boolean;
  tokens: { elementId: string; name: string }[];
  steps: { at: string; elementId: string; name: string; what: string }[];
  waiting: {
    elementId: string;
    name: string;
    who: string;
    dueDate: string | null;
    explanation: string | null;
    formId: string | null;
    example: Record<string, unknown>;
  }[];
  /** What happens by itself, the nearest first. */
  timers?: { elementId: string; name: string; dueAt: string }[];
  /** Messages the case waits for, with what they bring in a delivered scenario. */
  awaited?: { message: string; elementId: string; name: string; example: Record<string, unknown> }[];
  messages: { at: string; to: string; kind: string; step: string; text: string }[];
  stopped: { elementId: string; message: string } | null;
};
export type Scenario = { name: string; shipped?: boolean };
/** `tick` names this scenario with this difference; only delivered ones can be accepted as they end now. */
export type ScenarioResult = {
  name: string;
  shipped: boolean;
  passed: boolean;
  difference: string | null;
  tick: string | null;
};
export type Trials = { items: ScenarioResult[]; total: number; done: boolean };
export type Named = { id: string; name: string };
export type Vocabulary = {
  roles: Named[];
  staff: Person[];
  ladders: { id: string; text: string }[];
  /** Of all procedures in force; names as people know them. */
  forms: Named[];
  decisions: Named[];
  processes: Named[];
  /** BPMN types the engine executes. */
  elements: string[];
  units: string[];
  rolls: string[];
  deadlineKinds: string[];
};
export type Wish = { reason: string; legalBasis: string; validFrom: string };

const at = (id: string) => `/api/procedures/${encodeURIComponent(id)}`;
const publicationAt = (id: string) => `/api/publications/${encodeURIComponent(id)}`;
const post = <T>(path: string, body: unknown = {}, intention?: string) =>
  call<T>(path, { method: 'POST', body, ...(intention === undefined ? {} : { intention }) });

export const getProcedures = () => call<{ items: ProcedureItem[] }>('/api/procedures');
export const getProcedure = (id: string) => call<ProcedureItem>(at(id));
export const getVersionFiles = (id: string, version: number) =>
  call<{ files: Files }>(`${at(id)}/versions/${version}/files`);
/** The newer delivery beside the office's own version. */
export const getProductFiles = (id: string) => call<{ files: Files }>(`${at(id)}/product-version/files`);
export const getDraft = (id: string) => call<ProcedureDraft>(`${at(id)}/draft`);
export const putDraft = (
  id: string,
  draft: { revision: number; baseVersion: number; files: Files; note?: string },
  intention: string,
) => call<Saved>(`${at(id)}/draft`, { method: 'PUT', body: draft, intention });
export const deleteDraft = (id: string) => call<undefined>(`${at(id)}/draft`, { method: 'DELETE' });
export const getHistory = (id: string) => call<{ items: Revision[] }>(`${at(id)}/draft/history`);
export const getRevision = (id: string, revision: number) =>
  call<{ files: Files }>(`${at(id)}/draft/history/${revision}/files`);
export const check = (id: string, files: Files, signal?: AbortSignal) =>
  call<Check>(`${at(id)}/check`, { method: 'POST', body: { files }, ...(signal === undefined ? {} : { signal }) });
export const repair = (id: string, files: Files, ruleId: string) =>
  post<{ files: Files }>(`${at(id)}/repair`, { files, ruleId });
export const compare = (id: string, what: { files: Files } | { from: number; to: number }) =>
  post<Comparison>(`${at(id)}/compare`, what);
export const backtest = (id: string, files: Files) => post<Backtest>(`${at(id)}/backtest`, { files });
export const simulate = (id: string, walk: Walk & { files: Files }) => post<Simulation>(`${at(id)}/simulation`, walk);
export const getScenarios = (id: string) => call<{ items: Scenario[] }>(`${at(id)}/scenarios`);
export const saveScenario = (id: string, scenario: Walk & { name: string; files: Files }) =>
  post<Scenario>(`${at(id)}/scenarios`, scenario);
export const deleteScenario = (id: string, name: string) =>
  call<undefined>(`${at(id)}/scenarios/${encodeURIComponent(name)}`, { method: 'DELETE' });
/** Answers after `patience` seconds with what was played so far; the server plays on while somebody asks. */
export const runScenarios = (id: string, files: Files, patience: number, signal: AbortSignal) =>
  call<Trials>(`${at(id)}/scenarios/run`, { method: 'POST', body: { files, patience }, signal });
export const publish = (
  id: string,
  wish: Wish & { revision: number; ticks: string[]; compared: string },
  intention: string,
) => post<Publication>(`${at(id)}/publications`, wish, intention);
export const getPublications = (state: Publication['state']) =>
  call<{ items: Publication[] }>(`/api/publications${query({ state })}`);
export const getPublication = (id: string) => call<Publication>(publicationAt(id));
export const approve = (id: string, intention: string) =>
  post<Publication>(`${publicationAt(id)}/approval`, {}, intention);
export const refuse = (id: string, reason: string, intention: string) =>
  post<Publication>(`${publicationAt(id)}/refusal`, { reason }, intention);
export const rollback = (id: string, version: number, why: { reason: string; legalBasis: string }, intention: string) =>
  post<Publication>(`${at(id)}/versions/${version}/rollback`, why, intention);
export const archiveAddress = (id: string, version: number | 'draft') => `${at(id)}/archive${query({ version })}`;
export function importProcedure(
  file: File,
): Promise<Answer<{ processId: string; files: Files; problems: CheckProblem[] }>> {
  const body = new FormData();
  body.append('file', file, file.name);
  return call('/api/procedures/import', { method: 'POST', body });
}
export const findDeadline = (term: { amount: number; unit: string; roll?: string; from?: string }) =>
  post<{ dueOn: string; explanation: string }>('/api/procedures/deadline', term);
export const checkFeel = (expression: string, unary = false) =>
  post<{ problem: { message: string; position: number | null } | null }>('/api/procedures/feel', { expression, unary });
export const getVocabulary = () => call<Vocabulary>('/api/procedures/vocabulary');
