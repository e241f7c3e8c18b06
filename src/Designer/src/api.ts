/**
 * The only file that speaks to the server. Every answer is a value: `{ ok: true, value }` or `{ ok: false, problem
 * }`; nothing
 * here throws for what a server or a network may do.
 *
 * - A change carries `X-Requested-With` (no foreign page can send it) and an `Idempotency-Key` of the person's
 * intention, so
 *   that the same press sent twice is done once.
 * - 401 asks the person to sign in over the page she is on (`onSignInNeeded`); then the same request goes out again.
 * - No connection is a problem with the title OFFLINE.
 */

export type Person = { userName: string; name: string; roles?: string[] };
export type Me = {
  userName: string;
  name: string;
  roles: string[];
  engineAll: boolean;
  initials: string;
  actsFor: { userName: string; name: string; until: string }[];
  expiresAt: string;
};
export type Centre = {
  name: string;
  today: string;
  now: string;
  clockPinned: boolean;
  signIn: { passkeys: boolean; entra: boolean };
  attachmentBytesMax: number;
};
export type DeadlineKind = 'STAT' | 'COURT' | 'CUST' | 'HOUSE';
export type Deadline = {
  dueOn: string;
  kind: DeadlineKind | null;
  basis: string | null;
  explanation: string;
  from: string | null;
  amount: number | null;
  unit: string | null;
  skipped: { date: string; why: string }[];
};
export type TaskItem = {
  taskKey: string;
  elementId: string;
  name: string;
  processId: string;
  processName: string;
  caseNo: string | null;
  caseLabel: string | null;
  restricted: boolean;
  state: 'new' | 'started' | 'done';
  startedBy: Person | null;
  startedAt: string | null;
  assignee: Person | null;
  onBehalfOf: Person | null;
  candidateGroups: string[];
  createdAt: string;
  dueDate: string | null;
  deadline: Deadline | null;
  /** Also of a term counted in hours, which has no deadline. */
  termKind: DeadlineKind | null;
  priority: number;
  completedAt: string | null;
};
export type TaskQuery = {
  view: string;
  q?: string | undefined;
  due?: string | undefined;
  process?: string | undefined;
  sort?: string | undefined;
  page?: number | undefined;
};
export type TaskList = {
  items: TaskItem[];
  total: number;
  page: number;
  pageSize: number;
  counts: {
    mine: number;
    queue: number;
    overdue: number;
    today: number;
    next: number;
    doneToday: number;
    substitute: { userName: string; name: string; count: number }[];
  };
};
export type Content = Record<string, unknown>;
export type Draft = { revision: number; content: Content; savedAt: string; savedBy: Person };
export type DocumentBrief = {
  number: number;
  formId: string;
  name: string;
  version: number;
  at: string;
  author: Person;
  occurredOn: string | null;
};
export type Attachment = {
  id: string;
  name: string;
  type: string;
  size: number;
  sha256: string;
  at: string;
  by: Person;
  state: 'clean' | 'unscanned';
};
export type CaseBrief = {
  caseNo: string;
  label: string | null;
  openedAt: string;
  status: string;
  restricted: boolean;
  family: { adults: number; children: number } | null;
  socialWorker: Person | null;
  assistant: Person | null;
  consent: { since: string } | null;
  source: string | null;
  /** False for whoever only has a task in it. */
  opens: boolean;
};
export type TaskPage = {
  task: TaskItem;
  form: { schema: Content; version: number } | null;
  variables: Content;
  prefill: Content;
  draft: Draft | null;
  case: CaseBrief | null;
  /** `when` is the branch that leads to it; `again`: the procedure goes back to a step done before. */
  next: { name: string; who: string; when: string | null; again: boolean }[];
  documents: DocumentBrief[];
  attachments: Attachment[];
  may: { complete: boolean; claim: boolean; giveBack: boolean; reassign: boolean };
  why: string | null;
};
export type Receipt = {
  taskKey: string;
  name: string;
  completedAt: string;
  caseNo: string | null;
  opensCase: boolean;
  ended: boolean;
  /** False while the engine still carries out what the step set in motion: `next` may grow. */
  settled: boolean;
  next: NextTask[];
};
/**
 * `procedure` names the procedure that the step started; null for a task of its own procedure. `mine`: she may do it.
 */
export type NextTask = {
  taskKey: string | null;
  name: string;
  who: string;
  dueDate: string | null;
  termKind: DeadlineKind | null;
  procedure: string | null;
  mine: boolean;
};
/** An intervention that has not ended, told with the problem ALREADY_RUNNING. */
export type RunningIntervention = { startedAt: string; steps: NextTask[] };

export type CaseListItem = {
  caseNo: string;
  label: string;
  openedAt: string | null;
  closedAt: string | null;
  status: string;
  stages: string[];
  assistant: Person | null;
  socialWorker: Person | null;
  nextDue: string | null;
  termKind: DeadlineKind | null;
  restricted: boolean;
  opens: boolean;
  /** Only the number is left. */
  erased: boolean;
};
export type CaseList = { items: CaseListItem[]; total: number; page: number; pageSize: number };
export type CaseQuery = {
  q?: string;
  status?: 'open' | 'closed' | 'all';
  mine?: boolean;
  /** Cases of this assistant or social worker: for head and coordinator. */
  person?: string;
  page?: number;
};
export type Stage = {
  processId: string;
  name: string;
  /** null for a stage that has not begun. */
  instanceKey: string | null;
  definitionKey: string | null;
  state: 'done' | 'now' | 'next' | 'stopped';
  startedAt: string | null;
  endedAt: string | null;
};
export type Term = {
  name: string;
  kind: DeadlineKind | null;
  basis: string | null;
  dueOn: string;
  doneOn: string | null;
  doneBy: Person | null;
  result: 'kept' | 'missed' | 'running' | 'overdue';
  daysLate: number;
  explanation: string;
};
export type CasePage = {
  brief: CaseBrief;
  relation: 'team' | 'supervisor' | 'task' | 'substitute' | 'breakGlass';
  stages: Stage[];
  now: {
    taskKey: string | null;
    name: string;
    who: string;
    dueDate: string | null;
    deadline: Deadline | null;
    termKind: DeadlineKind | null;
  }[];
  terms: Term[];
  team: { person: Person; relation: string; since: string | null }[];
  documents: DocumentBrief[];
  attachments: Attachment[];
  links: { caseNo: string; label: string | null; why: string }[];
  purposeNeeded: boolean;
  /** When a case opened in danger closes again. */
  openUntil: string | null;
  /** Of a closed case, for head and coordinator. */
  erasure: {
    /** The first day on which it may be erased. */
    from: string;
    asked: { protocolNo: string; reason: string; by: Person; at: string } | null;
    mayAsk: boolean;
    mayConfirm: boolean;
  } | null;
  may: Record<'intervene' | 'addEntry' | 'reassign' | 'restrict' | 'link' | 'readLog' | 'editFamily', boolean>;
};
export type TimelineItem = {
  at: string;
  occurredOn: string | null;
  kind: 'task' | 'timer' | 'message' | 'start' | 'end' | 'act' | 'incident' | 'escalation';
  title: string;
  who: Person | null;
  onBehalfOf: Person | null;
  why: string | null;
  term: Term | null;
  documentNumber: number | null;
  stage: string;
};
export type Timeline = { items: TimelineItem[]; more: boolean };
export type Diagram = {
  name: string;
  xml: string;
  active: { elementId: string; name: string; since: string; who: string | null; taskKey: string | null }[];
  completed: string[];
  flows: string[];
  stopped: string[];
};
export type CaseDocument = DocumentBrief & { schema: Content; content: Content };
export type Family = { schema: Content; content: Content; version: number };
export type Reading = { at: string; who: Person; what: string; purpose: string | null };
export type Absence = {
  id: string;
  person: Person;
  from: string;
  to: string;
  substitute: Person | null;
  scope: 'all' | 'tasks';
  authorisation: string | null;
  state: 'requested' | 'accepted' | 'ended' | 'refused';
  registeredBy: Person;
  acceptedBy: Person | null;
  /** Why it was refused. */
  reason: string | null;
};
export type Team = {
  people: {
    userName: string;
    name: string;
    roles: string[];
    active: number;
    limit: number;
    monitored: number;
    overdue: number;
    openTasks: number;
    absentNow: Absence | null;
  }[];
  limitOfLaw: number;
  absences: Absence[];
  waiting: { caseNo: string; label: string; days: number }[];
  may: { manage: boolean };
};
export type Account = {
  userName: string;
  displayName: string;
  email: string | null;
  roles: string[];
  disabled: boolean;
  /** After too many wrong passwords. */
  lockedUntil?: string | null;
  /** A one-time code that is asked for, or handed over and not used yet. */
  code?: 'waiting' | 'shown' | null;
};
export type OneTimeCode = { code: string; until: string };
/** What an administrator asked for and a second person lets happen. */
export type AccountRequest = {
  id: string;
  kind: 'code' | 'entra';
  person: Person;
  askedBy: Person;
  askedAt: string;
  reason: string;
  shown: { to: Person; at: string; until: string } | null;
  objectId: string | null;
  /** Why this reader may not let it happen herself. */
  whyNot: string | null;
};
export type SecondFactor = { enabled: boolean; recoveryCodesLeft: number };
/** The secret in groups of four, and the address that opens the application on the phone itself. */
export type NewSecondFactor = { key: string; uri: string };
export type Passkey = { id: string; name: string | null; createdAt: string };
export type Audit = {
  items: {
    seq: number;
    at: string;
    who: string;
    act: string;
    subject: string | null;
    before: unknown;
    after: unknown;
  }[];
  verified: boolean;
  /** Display names of the user names among the items. */
  names: Record<string, string>;
};

export type Delivery = {
  key: string;
  when: string;
  person: Person;
  /** What the message is about, e.g. TaskAssigned. */
  kind: string;
  channel: string;
  state: string;
  reason: string | null;
  attempts: number;
  /** Null also where the reader may not know of the case. */
  caseNo: string | null;
  resendable: boolean;
};
export type DeliveryList = { items: Delivery[]; counts: Record<string, number>; more: boolean };
export type PersonChannels = {
  userName: string;
  emailEnabled: boolean;
  emailProblem: string | null;
  teamsEnabled: boolean;
  teams: 'unknown' | 'installed' | 'notInstalled' | 'error';
  teamsError: string | null;
  teamsAt: string | null;
  toDoEnabled: boolean;
  toDo: boolean;
  toDoError: string | null;
};
export type TemplateText = { subject: string; heading: string; body: string; linkText: string; preview: string };
export type Template = {
  name: string;
  text: TemplateText;
  shipped: TemplateText;
  fields: (keyof TemplateText)[];
  variables: string[];
  changedBy: Person | null;
  changedAt: string | null;
};
export type RenderedNotice = { subject: string; html: string; text: string; preview: string };

/** RFC 9457; `title` is a code, `detail` a Polish sentence for people. Status 0 is a request that got no answer. */
export type Problem = {
  status: number;
  title: string;
  detail: string;
  errors?: Record<string, string[]>;
  [extension: string]: unknown;
};
export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export const OFFLINE = 'OFFLINE';
export const PURPOSE_REQUIRED = 'PURPOSE_REQUIRED';
export const ALREADY_RUNNING = 'ALREADY_RUNNING';

/** Why this person looks into a restricted case; told once, sent with every look until the page is loaded anew. */
const purposes = new Map<string, string>();
export const tellPurpose = (caseNo: string, words: string) => purposes.set(caseNo, words);

function purposeOf(path: string): string | undefined {
  const caseNo = /^\/api\/cases\/([^/?]+)/.exec(path)?.[1];
  return caseNo === undefined ? undefined : purposes.get(decodeURIComponent(caseNo));
}

/** One press of a button: a retry of it carries the same key, another press another one. */
export function newIntention(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

type SignIn = () => Promise<boolean>;
let signInNeeded: SignIn = () => Promise.resolve(false);
let asked: Promise<boolean> | null = null;

/**
 * `ask` shows the sign-in over the page and says whether the same person is back. Several requests share one question.
 */
export function onSignInNeeded(ask: SignIn): void {
  signInNeeded = ask;
}

type Call = {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  intention?: string;
  /** The answer is a file, not JSON. */
  file?: boolean;
  /** The answer 401 is the answer, not a reason to ask: signing in, and the first look at the session. */
  plain401?: boolean;
  signal?: AbortSignal;
};

/** What a page asks for this long after the last key or touch, it asks for by itself: that prolongs no session. */
const ALONE_AFTER = 60_000;
let touchedAt = Date.now();
for (const kind of ['pointerdown', 'keydown', 'input']) {
  addEventListener(kind, () => (touchedAt = Date.now()), { capture: true, passive: true });
}

/** One request. Pages that come with a chunk of their own keep their addresses beside them and ask through this. */
export async function call<T>(path: string, options: Call = {}): Promise<Answer<T>> {
  const method = options.method ?? 'GET';
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Requested-With': 'WorkflowHost' };
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) {
    body = options.body;
  } else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  if (method !== 'GET') headers['Idempotency-Key'] = options.intention ?? newIntention();
  // Words of a person are not ASCII, a header is.
  const purpose = purposeOf(path);
  if (purpose !== undefined) headers['X-Purpose'] = encodeURIComponent(purpose);
  if (options.file) headers['Accept'] = '*/*';
  if (Date.now() - touchedAt > ALONE_AFTER) headers['X-Background'] = '1';

  const request: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) request.body = body;
  if (options.signal) request.signal = options.signal;
  for (;;) {
    let response: Response;
    try {
      response = await fetch(path, request);
    } catch {
      return { ok: false, problem: { status: 0, title: OFFLINE, detail: '' } };
    }
    if (response.status === 401 && !options.plain401) {
      asked ??= signInNeeded().finally(() => (asked = null));
      if (await asked) continue;
    }
    if (options.file && response.ok) {
      try {
        return { ok: true, value: (await response.blob()) as T };
      } catch {
        return { ok: false, problem: { status: 0, title: OFFLINE, detail: '' } };
      }
    }
    return read<T>(response);
  }
}

async function read<T>(response: Response): Promise<Answer<T>> {
  let text: string;
  try {
    text = await response.text();
  } catch {
    return { ok: false, problem: { status: 0, title: OFFLINE, detail: '' } };
  }
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (response.ok) return { ok: true, value: value as T };
  const told = (typeof value === 'object' && value !== null ? value : {}) as Partial<Problem>;
  return {
    ok: false,
    problem: { ...told, status: response.status, title: told.title ?? '', detail: told.detail ?? '' },
  };
}

export function query(values: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

const at = encodeURIComponent;
const caseAt = (caseNo: string) => `/api/cases/${at(caseNo)}`;
const taskAt = (taskKey: string) => `/api/tasks/${at(taskKey)}`;

export const getCentre = () => call<Centre>('/api/centre', { plain401: true });

// Session
export const getSession = () => call<Me>('/api/session', { plain401: true });
export const signIn = (userName: string, password: string) =>
  call<Me>('/api/session', { method: 'POST', body: { userName, password }, plain401: true });
export const signInWithCode = (userName: string, code: string, password: string) =>
  call<Me>('/api/session/code', { method: 'POST', body: { userName, code, password }, plain401: true });
export const signOut = () => call<undefined>('/api/session', { method: 'DELETE', plain401: true });
export const entraAddress = (returnTo: string) => `/api/session/entra${query({ returnTo })}`;

/** Asks the device for a passkey; a person who closes the device's window gets the problem CANCELLED. */
export async function signInWithPasskey(): Promise<Answer<Me>> {
  const options = await call<PublicKeyCredentialRequestOptionsJSON>('/api/session/passkey/options', {
    method: 'POST',
    plain401: true,
  });
  if (!options.ok) return options;
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.value);
    const credential = await navigator.credentials.get({ publicKey });
    return await call<Me>('/api/session/passkey', {
      method: 'POST',
      body: credential,
      plain401: true,
    });
  } catch {
    return { ok: false, problem: { status: 0, title: 'CANCELLED', detail: '' } };
  }
}

export const getPasskeys = () => call<Passkey[]>('/api/account/passkeys');
export async function addPasskey(name: string, password: string): Promise<Answer<Passkey>> {
  const options = await call<PublicKeyCredentialCreationOptionsJSON>('/api/account/passkeys/options', {
    method: 'POST',
    body: { password },
  });
  if (!options.ok) return options;
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.value);
    const credential = await navigator.credentials.create({ publicKey });
    return await call<Passkey>('/api/account/passkeys', {
      method: 'POST',
      body: { name, credential },
    });
  } catch {
    return { ok: false, problem: { status: 0, title: 'CANCELLED', detail: '' } };
  }
}
export const deletePasskey = (id: string) => call<undefined>(`/api/account/passkeys/${at(id)}`, { method: 'DELETE' });
export const getSecondFactor = () => call<SecondFactor>('/api/account/second-factor');
export const beginSecondFactor = (password: string) =>
  call<NewSecondFactor>('/api/account/second-factor/begin', { method: 'POST', body: { password } });
export const confirmSecondFactor = (code: string) =>
  call<{ recoveryCodes: string[] }>('/api/account/second-factor', { method: 'POST', body: { code } });
export const removeSecondFactor = (password: string) =>
  call<undefined>('/api/account/second-factor/removal', { method: 'POST', body: { password } });
export const changePassword = (current: string, next: string) =>
  call<undefined>('/api/account/password', { method: 'PUT', body: { current, next } });

// Tasks
/** As with cases: a searched word travels in the body. */
export const getTasks = ({ q, ...wanted }: TaskQuery) =>
  q === undefined || q === ''
    ? call<TaskList>(`/api/tasks${query(wanted)}`)
    : call<TaskList>('/api/tasks/search', { method: 'POST', body: { q, ...wanted } });
export const getTask = (taskKey: string) => call<TaskPage>(taskAt(taskKey));
export const saveDraft = (taskKey: string, content: Content, revision: number, intention: string) =>
  call<{ revision: number; savedAt: string }>(`${taskAt(taskKey)}/draft`, {
    method: 'PUT',
    body: { content, revision },
    intention,
  });
export const completeTask = (taskKey: string, form: Content, intention: string) =>
  call<Receipt>(`${taskAt(taskKey)}/completion`, { method: 'POST', body: { form }, intention });
/** The receipt of a task that is done, once more. */
export const getReceipt = (taskKey: string) => call<Receipt>(`${taskAt(taskKey)}/receipt`);
export const claimTask = (taskKey: string) => call<undefined>(`${taskAt(taskKey)}/claim`, { method: 'POST' });
export const giveTaskBack = (taskKey: string) => call<undefined>(`${taskAt(taskKey)}/claim`, { method: 'DELETE' });
export const getAssignees = (taskKey: string) => call<Person[]>(`${taskAt(taskKey)}/assignees`);
export const assignTask = (taskKey: string, assignee: string, reason: string) =>
  call<undefined>(`${taskAt(taskKey)}/assignment`, { method: 'POST', body: { assignee, reason } });
export function attach(taskKey: string, file: Blob, name: string, intention: string): Promise<Answer<Attachment>> {
  const body = new FormData();
  body.append('file', file, name);
  return call<Attachment>(`${taskAt(taskKey)}/attachments`, { method: 'POST', body, intention });
}

// Cases
export const getStartable = () =>
  call<{ processId: string; name: string; opensCase: boolean }[]>('/api/procedures/startable');
export const openCase = (process: string, intention: string) =>
  call<{ caseNo: string; instanceKey: string; taskKey: string | null }>('/api/cases', {
    method: 'POST',
    body: { process },
    intention,
  });
/** A searched word (a surname, a PESEL) travels in the body, never in an address that a log keeps. */
export const getCases = ({ q, status, mine, person, page }: CaseQuery) =>
  q === undefined || q === ''
    ? call<CaseList>(`/api/cases${query({ status, mine, person, page })}`)
    : call<CaseList>('/api/cases/search', { method: 'POST', body: { q, status, mine, page } });
export const getCase = (caseNo: string) => call<CasePage>(caseAt(caseNo));
export const getTimeline = (caseNo: string, before?: string, limit = 50) =>
  call<Timeline>(`${caseAt(caseNo)}/timeline${query({ before, limit })}`);
export const getDiagram = (caseNo: string, instanceKey: string) =>
  call<Diagram>(`${caseAt(caseNo)}/diagram/${at(instanceKey)}`);
export const getDocument = (caseNo: string, number: number) =>
  call<CaseDocument>(`${caseAt(caseNo)}/documents/${number}`);
/** A document or an attachment as a file; a link could not say the purpose, and would show a refusal as JSON. */
export const getFile = (address: string) => call<Blob>(address, { file: true });
export const documentAddress = (caseNo: string, number: number, as: 'print' | 'docx' | 'pdf') =>
  `${caseAt(caseNo)}/documents/${number}${as === 'print' ? '/print' : `.${as}`}`;
export const attachmentAddress = (caseNo: string, id: string) => `${caseAt(caseNo)}/attachments/${at(id)}`;
/** Without `again`, one that is running is told first (ALREADY_RUNNING). */
export const startIntervention = (caseNo: string, again: boolean, intention: string) =>
  call<{ instanceKey: string; taskKey: string | null }>(`${caseAt(caseNo)}/interventions`, {
    method: 'POST',
    body: { again },
    intention,
  });
export const addEntry = (
  caseNo: string,
  entry: { occurredOn: string; kind: string; text: string },
  intention: string,
) => call<DocumentBrief>(`${caseAt(caseNo)}/entries`, { method: 'POST', body: entry, intention });
export const getFamily = (caseNo: string) => call<Family>(`${caseAt(caseNo)}/family`);
export const saveFamily = (caseNo: string, content: Content, intention: string) =>
  call<DocumentBrief>(`${caseAt(caseNo)}/family`, { method: 'PUT', body: { content }, intention });
export const setConfidentiality = (caseNo: string, restricted: boolean, reason: string) =>
  call<undefined>(`${caseAt(caseNo)}/confidentiality`, { method: 'PUT', body: { restricted, reason } });
export const linkCase = (caseNo: string, other: string, why: string) =>
  call<undefined>(`${caseAt(caseNo)}/links`, { method: 'POST', body: { caseNo: other, why } });
export const askForErasure = (caseNo: string, protocolNo: string, reason: string) =>
  call<undefined>(`${caseAt(caseNo)}/erasure`, { method: 'POST', body: { protocolNo, reason } });
export const confirmErasure = (caseNo: string) =>
  call<undefined>(`${caseAt(caseNo)}/erasure/confirmation`, { method: 'POST' });
export const withdrawErasure = (caseNo: string) => call<undefined>(`${caseAt(caseNo)}/erasure`, { method: 'DELETE' });
export const getReaders = (caseNo: string) => call<{ items: Reading[] }>(`${caseAt(caseNo)}/readers`);
export const breakGlass = (caseNo: string, reason: string, intention: string) =>
  call<{ until: string }>(`${caseAt(caseNo)}/break-glass`, { method: 'POST', body: { reason }, intention });
export const changeCaseTeam = (
  caseNo: string,
  change: { relation: 'assistant' | 'socialWorker'; userName: string; reason: string },
) => call<undefined>(`${caseAt(caseNo)}/team`, { method: 'PUT', body: change });

// Team, accounts, audit
export const getTeam = () => call<Team>('/api/team');
export const getColleagues = (role?: string) => call<Person[]>(`/api/colleagues${query({ role })}`);
export const addAbsence = (
  absence: {
    userName?: string;
    from: string;
    to: string;
    substitute?: string;
    scope: Absence['scope'];
    authorisation?: string;
  },
  intention: string,
) => call<Absence>('/api/absences', { method: 'POST', body: absence, intention });
export const acceptAbsence = (id: string) => call<undefined>(`/api/absences/${at(id)}/acceptance`, { method: 'POST' });
export const refuseAbsence = (id: string, reason: string) =>
  call<undefined>(`/api/absences/${at(id)}/refusal`, { method: 'POST', body: { reason } });
export const endAbsence = (id: string) => call<undefined>(`/api/absences/${at(id)}/end`, { method: 'POST' });
/** `note` says what a limit below the present number of families means. */
export const setLimit = (userName: string, limit: number, reason: string) =>
  call<{ note?: string | null } | undefined>(`/api/team/${at(userName)}/limit`, {
    method: 'PUT',
    body: { limit, reason },
  });
export const getAccounts = () => call<{ items: Account[] }>('/api/accounts');
/**
 * A new account is never disabled, so the server does not take that word. The code comes in the first installation
 * only.
 */
export const addAccount = (account: Pick<Account, 'userName' | 'displayName' | 'email' | 'roles'>, intention: string) =>
  call<{ account: Account; code: OneTimeCode | null }>('/api/accounts', { method: 'POST', body: account, intention });
export const saveAccount = ({ userName, ...rest }: Account) =>
  call<unknown>(`/api/accounts/${at(userName)}`, { method: 'PUT', body: rest });
export const requestCode = (userName: string, reason: string) =>
  call<{ code: OneTimeCode | null }>(`/api/accounts/${at(userName)}/code`, { method: 'POST', body: { reason } });
export const withdrawCode = (userName: string) =>
  call<undefined>(`/api/accounts/${at(userName)}/code`, { method: 'DELETE' });
export const getAccountRequests = () => call<{ items: AccountRequest[] }>('/api/account-requests');
export const showCode = (id: string) => call<OneTimeCode>(`/api/account-requests/${at(id)}/code`, { method: 'POST' });
export const confirmLogin = (id: string) =>
  call<undefined>(`/api/account-requests/${at(id)}/confirmation`, { method: 'POST' });
export const endSessions = (userName: string) =>
  call<undefined>(`/api/accounts/${at(userName)}/sessions`, { method: 'DELETE' });
export const getAudit = (area: string, before?: number) => call<Audit>(`/api/audit${query({ area, before })}`);

export type Silence = {
  findings: { caseNo: string; kind: string; elementId: string | null }[];
  nights: { on: string; at: string; cases: number; unproven: number }[];
};
export const getSilence = () => call<Silence>('/api/reports/silence');

/** `digestAt`: hours and minutes in the zone of the centre. */
export type Preferences = { email: boolean; teams: boolean; digestAt: string };
export const getPreferences = () => call<Preferences>('/api/account/notifications');
export const savePreferences = (chosen: Preferences) =>
  call<Preferences>('/api/account/notifications', { method: 'PUT', body: chosen });
// Messages
export const getDeliveries = (state?: string, before?: string) =>
  call<DeliveryList>(`/api/notifications${query({ state, before })}`);
export const getMyDeliveries = () => call<{ items: Delivery[] }>('/api/notifications/mine');
export const resend = (key: string) => call<undefined>(`/api/notifications/${at(key)}/resend`, { method: 'POST' });
export const sendTestMail = () =>
  call<{ state: string; address: string | null; message: string }>('/api/notifications/test', { method: 'POST' });
export const getMyChannels = () => call<PersonChannels>('/api/account/channels');
export const setToDo = (toDo: boolean) => call<undefined>('/api/account/channels', { method: 'PUT', body: { toDo } });
export const getAllChannels = () => call<{ items: PersonChannels[] }>('/api/admin/channels');
export const getTemplates = () => call<{ items: Template[] }>('/api/admin/templates');
export const saveTemplate = (name: string, text: TemplateText) =>
  call<undefined>(`/api/admin/templates/${at(name)}`, { method: 'PUT', body: text });
export const resetTemplate = (name: string) =>
  call<undefined>(`/api/admin/templates/${at(name)}`, { method: 'DELETE' });
export const previewTemplate = (name: string, text: TemplateText) =>
  call<RenderedNotice>(`/api/admin/templates/${at(name)}/preview`, { method: 'POST', body: text });

const SHOWN_AT_MOST_EVERY = 3000;

/**
 * Calls `changed` when something was committed that may change a list, at most once in 3 s (the first at once), and
 * once
 * after a lost connection is back, because nobody knows what was missed.
 */
export function onChanges(changed: () => void): () => void {
  const source = new EventSource('/api/events');
  let last = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lost = false;
  const tell = () => {
    if (timer !== undefined) return;
    const wait = Math.max(0, last + SHOWN_AT_MOST_EVERY - Date.now());
    timer = setTimeout(() => {
      timer = undefined;
      last = Date.now();
      changed();
    }, wait);
  };
  source.addEventListener('tasks', tell);
  source.addEventListener('error', () => (lost = true));
  source.addEventListener('open', () => {
    if (lost) tell();
    lost = false;
  });
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
