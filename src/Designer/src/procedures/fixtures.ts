/** Procedures as the server tells them, for tests. */
import type { Check, ProcedureDraft, ProcedureItem, Publication, Version, Vocabulary } from './api';

const leon = { userName: 'admin', name: 'Leon Żak' };
const version = (more: Partial<Version>): Version => ({
  version: 1,
  definitionKey: '1',
  at: '2026-09-01T08:00:00Z',
  by: null,
  source: 'shipped',
  reason: null,
  legalBasis: null,
  validFrom: null,
  approvedBy: null,
  hash: 'aaaaaaaaaaaaaaaaaaaa',
  running: 0,
  ...more,
});

export const publication: Publication = {
  id: '77',
  processId: 'interview-analysis',
  name: 'Wywiad i analiza',
  baseVersion: 2,
  revision: 4,
  state: 'waiting',
  author: leon,
  at: '2026-11-24T09:00:00Z',
  reason: 'Za mało przypomnień',
  legalBasis: 'ustalenie ośrodka',
  validFrom: '2026-12-01',
  hash: 'cccccccccccccccccccc',
  decidedBy: null,
  decidedAt: null,
  refusal: null,
  version: null,
  lines: ['Przypomnienia kroku „Przeprowadź wywiad”: szybko -> zwykle'],
  backtest: null,
};

export const procedure: ProcedureItem = {
  processId: 'interview-analysis',
  name: 'Wywiad i analiza',
  opensCase: false,
  version: 2,
  versions: [
    version({
      version: 2,
      source: 'office',
      by: leon,
      at: '2026-10-05T08:00:00Z',
      reason: 'Krótszy termin',
      legalBasis: 'ustalenie ośrodka',
      validFrom: '2026-10-06',
      approvedBy: { userName: 'head', name: 'Ewa Kos' },
      hash: 'bbbbbbbbbbbbbbbbbbbb',
      running: 9,
    }),
    version({ running: 3 }),
  ],
  running: 12,
  rules: 6,
  draft: null,
  newProductVersion: null,
  waiting: null,
};

export const vocabulary: Vocabulary = {
  roles: [
    { id: 'social_worker', name: 'pracownik socjalny' },
    { id: 'team_lead', name: 'koordynator zespołu' },
    { id: 'head', name: 'kierownik ośrodka' },
  ],
  staff: [leon],
  ladders: [
    { id: 'std', text: 'trzy dni i dzień przed terminem, w dniu terminu' },
    { id: 'fast', text: 'w połowie i w dniu terminu' },
  ],
  forms: [{ id: 'visit', name: 'Karta wizyty' }],
  decisions: [{ id: 'interview-term', name: 'Termin wywiadu' }],
  processes: [{ id: 'intake', name: 'Przyjęcie zgłoszenia' }],
  elements: ['userTask', 'serviceTask', 'exclusiveGateway', 'startEvent', 'endEvent'],
  units: ['days', 'weeks', 'months', 'years', 'working-days'],
  rolls: ['forward', 'none', 'back'],
  deadlineKinds: ['STAT', 'COURT', 'CUST', 'HOUSE'],
};

/** Nothing wrong with it. */
export const clean: Check = { problems: [], guard: [], elapsedMs: 12 };

export const draftOf = (files: Record<string, string>): ProcedureDraft => ({
  revision: 3,
  baseVersion: 2,
  outdated: false,
  savedAt: '2026-11-24T10:08:00Z',
  savedBy: leon,
  files,
  locked: { forms: {}, elements: {} },
});
