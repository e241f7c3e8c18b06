// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  completeTask,
  getCase,
  getCases,
  getReaders,
  getTasks,
  newIntention,
  onChanges,
  onSignInNeeded,
  saveDraft,
  tellPurpose,
} from './api';
import { startServer, stubEvents } from './test/server';

afterEach(() => {
  onSignInNeeded(() => Promise.resolve(false));
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a request', () => {
  it('of a change says that it is ours and which intention it is', async () => {
    const server = startServer({ 'POST /api/tasks/7/completion': { body: {} } });
    await completeTask('7', { note: 'x' }, 'one');
    expect(server.asked[0]?.headers.get('X-Requested-With')).toBe('WorkflowHost');
    expect(server.asked[0]).toMatchObject({ key: 'one', body: { form: { note: 'x' } } });
  });

  it('says that nobody is at the page when nothing was touched for a minute', async () => {
    vi.useFakeTimers();
    const server = startServer({ 'GET /api/tasks': { body: {} } });
    dispatchEvent(new Event('keydown'));
    await getTasks({ view: 'mine' });
    vi.advanceTimersByTime(61_000);
    await getTasks({ view: 'mine' });
    dispatchEvent(new Event('pointerdown'));
    await getTasks({ view: 'mine' });
    expect(server.asked.map((one) => one.headers.get('X-Background'))).toEqual([null, '1', null]);
  });

  it('that finds no session asks to sign in once and goes out again as the same intention', async () => {
    let signedIn = false;
    const reply = () => (signedIn ? { body: { revision: 1, savedAt: '' } } : { status: 401 });
    const server = startServer({ 'PUT /api/tasks/7/draft': reply, 'GET /api/tasks': reply });
    const ask = vi.fn(async () => {
      await Promise.resolve();
      return (signedIn = true);
    });
    onSignInNeeded(ask);
    const [saved] = await Promise.all([saveDraft('7', { note: 'x' }, 0, 'one'), getTasks({ view: 'mine' })]);
    expect(saved.ok).toBe(true);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(server.of('PUT', '/api/tasks/7').map(({ key }) => key)).toEqual(['one', 'one']);
  });

  it('without a connection is a value, not an exception', async () => {
    startServer({ 'GET /api/tasks': 'offline' });
    expect(await getTasks({ view: 'mine' })).toMatchObject({ ok: false, problem: { status: 0, title: 'OFFLINE' } });
  });

  it('refused with a page instead of a problem still has its status', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 502 })));
    expect(await getTasks({ view: 'mine' })).toEqual({ ok: false, problem: { status: 502, title: '', detail: '' } });
  });

  it('keeps a searched word out of the address', async () => {
    const server = startServer({ 'POST /api/cases/search': { body: {} }, 'GET /api/cases': { body: {} } });
    await getCases({ q: 'Kowalska', status: 'open' });
    await getCases({ status: 'open', mine: true });
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/cases/search',
      'GET /api/cases?status=open&mine=true',
    ]);
  });

  it('carries the purpose of reading in letters a header may have', async () => {
    const server = startServer({
      'GET /api/cases/5211.1.2026': { body: {} },
      'GET /api/cases/5211.1.2026/readers': { body: {} },
      'GET /api/cases/5211.2.2026': { body: {} },
    });
    tellPurpose('5211.1.2026', 'kontrola wójta');
    await getCase('5211.1.2026');
    await getReaders('5211.1.2026');
    await getCase('5211.2.2026');
    expect(server.asked.map(({ headers }) => decodeURIComponent(headers.get('X-Purpose') ?? ''))).toEqual([
      'kontrola wójta',
      'kontrola wójta',
      '',
    ]);
  });
});

describe('newIntention', () => {
  it('is another one each time', () => {
    expect(new Set(Array.from({ length: 50 }, newIntention)).size).toBe(50);
  });
});

describe('onChanges', () => {
  it('tells at once, then at most once in three seconds', () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const events = stubEvents();
    const changed = vi.fn();
    const stop = onChanges(changed);
    events.tell();
    vi.advanceTimersByTime(1);
    expect(changed).toHaveBeenCalledTimes(1);
    for (let n = 0; n < 10; n += 1) events.tell();
    vi.advanceTimersByTime(2_900);
    expect(changed).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(200);
    expect(changed).toHaveBeenCalledTimes(2);
    stop();
  });
});
