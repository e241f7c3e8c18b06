/**
 * The centre as other people left it: every step here is a request of a person to `/api`, with the answers of the scenario
 * `full-path.json`. Dates of the scenario are moved to the centre's day.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

type Form = Record<string, unknown>;
type Step = { task?: string; by?: string; form?: Form; until?: string };
export type Task = {
  taskKey: string;
  elementId: string;
  name: string;
  caseNo: string | null;
  state: string;
  assignee: { userName: string } | null;
};

const scenario = JSON.parse(
  readFileSync(
    resolve(import.meta.dirname, '../../../workflows/family-support/scenarios/full-path.json'),
    'utf8',
  ),
) as { startAt: string; steps: Step[] };

/** A Monday: the Independence Day of Wednesday is skipped when terms are counted. */
export const TODAY = '2026-11-09';
export const at = (moment: string) => new Date(`${moment}+01:00`).getTime();

/** The second of each: for two people at one task, for a substitute, for another person in charge. */
export const SECOND_WORKER = { userName: 'marta.wrona', name: 'Marta Wrona, pracownik socjalny' };
export const SECOND_ASSISTANT = { userName: 'olga.krawczyk', name: 'Olga Krawczyk, asystent rodziny' };
const LONG_PASSWORD = 'cztery zielone rowery w deszczu';
export const passwordOf = (userName: string) => (userName.includes('.') ? LONG_PASSWORD : userName);

let intention = 0;

/** One request as this person; any answer but 2xx is an error with its words. */
export async function ask<T>(by: string, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${process.env['CENTRE_URL']}${path}`, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${by}:${passwordOf(by)}`).toString('base64')}`,
      'X-Requested-With': 'WorkflowHost',
      ...(method === 'GET' ? {} : { 'Idempotency-Key': `centre-${process.pid}-${(intention += 1)}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} as ${by}: ${answer.status} ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}

export const pinClock = (moment: string) => ask('demo', 'PUT', '/v2/clock', { timestamp: at(moment) });

/** Open tasks of this case that this person may do, or take from the queue. */
export async function tasksOf(by: string, caseNo: string): Promise<Task[]> {
  const lists = await Promise.all(
    ['mine', 'queue'].map((view) =>
      ask<{ items: Task[] }>(by, 'POST', '/api/tasks/search', { view, q: caseNo }),
    ),
  );
  return lists.flatMap((list) => list.items).filter((task) => task.caseNo === caseNo);
}

export async function taskOf(by: string, caseNo: string, elementId: string): Promise<Task> {
  const open = await tasksOf(by, caseNo);
  const found = open.find((task) => task.elementId === elementId);
  if (found !== undefined) return found;
  const names = open.map((task) => task.elementId).join(', ');
  throw new Error(`${by} has no task ${elementId} in ${caseNo}; open: ${names}`);
}

export const complete = (by: string, taskKey: string, form: Form) =>
  ask(by, 'POST', `/api/tasks/${taskKey}/completion`, { form });

const DAY_MS = 86_400_000;
const dayNumber = (day: string) => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);

/** Every date in the answers moves with the day on which the step is done. */
function moved(form: Form, days: number, change: Form): Form {
  const text = JSON.stringify(form)
    .replace(/\d{4}-\d\d-\d\d/g, (day) => new Date((dayNumber(day) + days) * DAY_MS).toISOString().slice(0, 10))
    .replace(/T\d\d:\d\d:00\+0\d:00/g, 'T08:00:00+01:00');
  return { ...(JSON.parse(text) as Form), ...change };
}

/** The answers of this step as they would be given today. */
export function answersOf(elementId: string, change: Form = {}, today = TODAY): Form {
  let day = scenario.startAt.slice(0, 10);
  for (const step of scenario.steps) {
    if (step.until !== undefined) day = step.until.slice(0, 10);
    if (step.task === elementId) return moved(step.form ?? {}, dayNumber(today) - dayNumber(day), change);
  }
  throw new Error(`The scenario has no ${elementId}.`);
}

export type Family = { familyNames: string; address: string; children: { name: string; age: number }[] };

/** Opens a case of this family and does every step of the scenario up to this one, which stays open. */
export async function caseUpTo(elementId: string, family: Family, today = TODAY): Promise<string> {
  const { caseNo } = await ask<{ caseNo: string }>('clerk', 'POST', '/api/cases', { process: 'family-support' });
  for (const { task, by } of scenario.steps) {
    if (task === elementId) return caseNo;
    if (task === undefined || by === undefined) continue;
    const open = await taskOf(by, caseNo, task);
    const change: Form = task === 'register-report' ? { ...family } : {};
    const answers = JSON.stringify(answersOf(task, change, today)).replaceAll('OPS.4710.1.2026', caseNo);
    await complete(by, open.taskKey, JSON.parse(answers) as Form);
  }
  throw new Error(`The scenario has no ${elementId}.`);
}

type Waiting = { items: { id: string; person: { userName: string } }[] };

/** The head shows the code that waits for this person; she sets her password with it. */
async function setPassword(userName: string): Promise<void> {
  const { items } = await ask<Waiting>('head', 'GET', '/api/account-requests');
  const request = items.find(({ person }) => person.userName === userName);
  const { code } = await ask<{ code: string }>('head', 'POST', `/api/account-requests/${request?.id}/code`);
  const answer = await fetch(`${process.env['CENTRE_URL']}/api/session/code`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userName, code, password: passwordOf(userName) }),
  });
  if (!answer.ok) throw new Error(`${userName} sets her password: ${answer.status} ${await answer.text()}`);
}

/** Last week: some families came, one task of them is late by now. Then the clock stands at Monday morning. */
export async function prepareCentre(): Promise<void> {
  await pinClock('2026-11-03T08:30:00');
  for (const { userName, name } of [SECOND_WORKER, SECOND_ASSISTANT]) {
    await ask('admin', 'POST', '/api/accounts', {
      userName,
      displayName: name,
      email: null,
      roles: [userName === SECOND_WORKER.userName ? 'social_worker' : 'assistant'],
    });
    await setPassword(userName);
  }
  const lateFamily = { familyNames: 'Barbara Kowal', address: 'ul. Polna 2, Kęty', children: [{ name: 'Ola', age: 5 }] };
  await caseUpTo('check-locality', lateFamily, '2026-11-03');
  const knownFamily = { familyNames: 'Ewa Sowa', address: 'ul. Leśna 8, Kęty', children: [{ name: 'Adam', age: 11 }] };
  await caseUpTo('gather-information', knownFamily, '2026-11-03');
  await pinClock('2026-11-09T09:30:00');
}
