// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startServer, type Asked } from '../test/server';
import { draftOf } from './fixtures';
import { AGAIN_MS, SAVE_AFTER_MS, Workspace } from './workspace';

const PUT = 'PUT /api/procedures/intake/draft';
const saved = (revision: number) => ({ body: { revision, savedAt: '2026-11-24T10:08:00Z' } });
const open = () => new Workspace('intake', draftOf({ 'process.bpmn': '<a/>', 'x.form': '{}' }));
const filesOf = (one: Asked | undefined) => (one?.body as { files: Record<string, string> }).files;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the draft of a procedure', () => {
  it('is saved whole a moment after the last change, and once', async () => {
    const server = startServer({ [PUT]: saved(4) });
    const draft = open();
    draft.setFile('process.bpmn', '<b/>');
    draft.setFile('process.bpmn', '<c/>');
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]?.body).toMatchObject({ revision: 3, baseVersion: 2 });
    expect(filesOf(server.asked[0])).toEqual({ 'process.bpmn': '<c/>', 'x.form': '{}' });
    expect(draft.state).toMatchObject({ revision: 4, save: { kind: 'saved', at: '2026-11-24T10:08:00Z' } });
  });

  it('keeps the words without a connection and sends them as the same intention', async () => {
    let lost = true;
    const server = startServer({ [PUT]: () => (lost ? 'offline' : saved(4)) });
    const draft = open();
    draft.setFile('x.form', '{"id":"x"}');
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(draft.state.save.kind).toBe('waiting');
    expect(draft.state.files['x.form']).toBe('{"id":"x"}');
    lost = false;
    await vi.advanceTimersByTimeAsync(AGAIN_MS);
    expect(draft.state.save.kind).toBe('saved');
    expect(server.asked[0]?.key).toBe(server.asked[1]?.key);
  });

  it('shows who saved meanwhile, and sends mine over theirs only when told so', async () => {
    const theirs = { ...draftOf({ 'process.bpmn': '<theirs/>', 'x.form': '{}' }), revision: 9 };
    const answers = [{ status: 409, body: { title: 'CONFLICT', draft: theirs } }, saved(10)];
    const server = startServer({ [PUT]: () => answers.shift() ?? 'offline' });
    const draft = open();
    draft.setFile('process.bpmn', '<mine/>');
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(draft.state.save).toMatchObject({ kind: 'conflict', theirs: { savedBy: { name: 'Leon Żak' } } });
    draft.setFile('process.bpmn', '<mine-2/>');
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS * 2);
    expect(server.asked).toHaveLength(1);
    draft.decide(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.asked[1]?.body).toMatchObject({ revision: 9, files: { 'process.bpmn': '<mine-2/>' } });
    expect(draft.isSaved).toBe(true);
  });

  it('takes theirs into the editors when told so', async () => {
    const theirs = { ...draftOf({ 'process.bpmn': '<theirs/>' }), revision: 9 };
    startServer({ [PUT]: { status: 409, body: { title: 'CONFLICT', draft: theirs } } });
    const draft = open();
    draft.setFile('process.bpmn', '<mine/>');
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    draft.decide(false);
    expect(draft.state).toMatchObject({ epoch: 1, revision: 9, files: { 'process.bpmn': '<theirs/>' } });
    expect(draft.isSaved).toBe(true);
  });

  it('asks the editors for what they hold back before it saves', async () => {
    const server = startServer({ [PUT]: saved(4) });
    const draft = open();
    draft.editor(() => {
      draft.setFile('process.bpmn', '<late/>');
      return Promise.resolve();
    });
    expect(await draft.save()).toBe(true);
    expect(filesOf(server.asked[0])['process.bpmn']).toBe('<late/>');
  });

  it('waits for what an editor hands in as it closes, and so does who leaves the page', async () => {
    const server = startServer({ [PUT]: saved(4) });
    const draft = open();
    const release = draft.editor(async () => {
      await new Promise((done) => setTimeout(done, 100));
      draft.setFile('process.bpmn', '<last/>');
    });
    void release();
    const leaving = draft.save();
    await vi.advanceTimersByTimeAsync(100);
    expect(await leaving).toBe(true);
    expect(filesOf(server.asked[0])['process.bpmn']).toBe('<last/>');
  });
});
