/** A small server for tests: answers by method and path, and remembers what was asked. */
import { vi } from 'vitest';
import type { Centre, Me, TaskItem, TaskList, TaskPage } from '../api';

export type Asked = { method: string; path: string; body: unknown; key: string | null; headers: Headers };
type Reply = { status?: number; body?: unknown } | 'offline';
type Answer = Reply | ((asked: Asked) => Reply | Promise<Reply>);

export function startServer(answers: Record<string, Answer>) {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const one: Asked = {
      method: init.method ?? 'GET',
      path,
      body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : init.body,
      key: headers.get('Idempotency-Key'),
      headers,
    };
    asked.push(one);
    const answer = answers[`${one.method} ${path}`] ?? answers[`${one.method} ${path.split('?')[0] ?? ''}`];
    const reply = typeof answer === 'function' ? await answer(one) : answer;
    if (reply === 'offline') throw new TypeError('offline');
    const { status = reply === undefined ? 404 : 200, body } = reply ?? {};
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  });
  return {
    answers,
    asked,
    of: (method: string, path: string) => asked.filter((one) => one.method === method && one.path.startsWith(path)),
  };
}

/** The stream of changes; `tell` is a committed change. */
export function stubEvents(): { tell: () => void } {
  const listeners: (() => void)[] = [];
  vi.stubGlobal(
    'EventSource',
    class {
      addEventListener(type: string, listener: () => void) {
        if (type === 'tasks') listeners.push(listener);
      }
      close() {
        listeners.length = 0;
      }
    },
  );
  return { tell: () => listeners.forEach((listener) => listener()) };
}

export const me: Me = {
  userName: 'social_worker',
  name: 'Tomasz Zieliński',
  roles: ['social_worker'],
  engineAll: false,
  initials: 'TZ',
  actsFor: [],
  expiresAt: '2026-11-24T12:00:00Z',
};
export const anna = { userName: 'assistant', name: 'Anna Sowa' };
export const centre: Centre = {
  name: 'OPS w Lipowej Górze',
  today: '2026-11-24',
  now: '2026-11-24T09:40:00Z',
  clockPinned: false,
  signIn: { passkeys: false, entra: false },
  attachmentBytesMax: 8_000_000,
};

export function taskItem(taskKey: string, name: string, more: Partial<TaskItem> = {}): TaskItem {
  return {
    taskKey,
    elementId: 'step',
    name,
    processId: 'intake',
    processName: 'Przyjęcie zgłoszenia',
    caseNo: '5211.12.2026',
    caseLabel: 'rodzina P., Zarzecze',
    restricted: false,
    state: 'new',
    startedBy: null,
    startedAt: null,
    assignee: me,
    onBehalfOf: null,
    candidateGroups: ['social_worker'],
    createdAt: '2026-11-18T08:00:00Z',
    dueDate: null,
    deadline: null,
    termKind: null,
    priority: 50,
    completedAt: null,
    ...more,
  };
}

export const listOf = (...items: TaskItem[]): TaskList => ({
  items,
  total: items.length,
  page: 1,
  pageSize: 50,
  counts: { mine: items.length, queue: 0, overdue: 0, today: 0, next: 0, doneToday: 0, substitute: [] },
});

export const schema = {
  type: 'default',
  id: 'visit',
  schemaVersion: 16,
  components: [
    { type: 'textarea', id: 'note', key: 'note', label: 'Notatka', validate: { required: true } },
    {
      type: 'dynamiclist',
      id: 'children',
      path: 'children',
      label: 'Dzieci',
      isRepeating: true,
      allowAddRemove: true,
      defaultRepetitions: 1,
      components: [{ type: 'textfield', id: 'name', key: 'name', label: 'Imię' }],
    },
    { type: 'number', id: 'rooms', key: 'rooms', label: 'Pokoje', decimalDigits: 0, validate: { min: 1 } },
  ],
};

export const taskPage = (task: TaskItem, more: Partial<TaskPage> = {}): TaskPage => ({
  task,
  form: { schema, version: 1 },
  variables: {},
  prefill: {},
  draft: null,
  case: null,
  next: [],
  documents: [],
  attachments: [],
  may: { complete: true, claim: false, giveBack: false, reassign: false },
  why: null,
  ...more,
});
