// @vitest-environment jsdom
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Switch } from 'wouter';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Content } from '../api';
import { SessionContext } from '../session';
import { anna, centre, me, startServer, taskItem, taskPage, type Asked } from '../test/server';
import { forget } from './draft';
import Task from './Task';

const task = taskItem('7', 'Wywiad środowiskowy');
const DRAFT = '/api/tasks/7/draft';
const contentOf = (asked: Asked | undefined) => (asked?.body as { content: Content }).content;

function start(more: Parameters<typeof startServer>[0] = {}, page = taskPage(task)) {
  let revision = 0;
  return startServer({
    'GET /api/tasks/7': { body: page },
    [`PUT ${DRAFT}`]: () => ({ body: { revision: (revision += 1), savedAt: '2026-11-24T09:42:00Z' } }),
    ...more,
  });
}

function show() {
  history.replaceState(null, '', '/zadania/7');
  return render(
    <SessionContext value={{ me, centre, signOut: () => undefined }}>
      <Switch>
        <Route path="/zadania/:taskKey" component={Task} />
        <Route path="/">Lista</Route>
      </Switch>
    </SessionContext>,
  );
}

const note = () => screen.findByLabelText(/^Notatka/);
async function write(text: string, leave = true) {
  const field = await note();
  fireEvent.input(field, { target: { value: text } });
  if (leave) fireEvent.blur(field);
}

beforeEach(() => {
  Element.prototype.scrollIntoView = () => undefined;
});

afterEach(() => {
  forget('7');
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('draft', () => {
  it('goes to the server when a field is left, and the time is seen', async () => {
    const server = start();
    show();
    await write('Dzieci śpią w jednym pokoju.');
    expect(await screen.findByText('Zapisano 10:42', { selector: '.saved' })).toBeTruthy();
    expect(server.of('PUT', DRAFT)).toHaveLength(1);
    expect(contentOf(server.of('PUT', DRAFT)[0])).toMatchObject({ note: 'Dzieci śpią w jednym pokoju.' });
  });

  it('of an untouched form is not saved', async () => {
    const server = start();
    show();
    fireEvent.blur(await note());
    await screen.findByText('Zakończ zadanie');
    expect(server.of('PUT', DRAFT)).toHaveLength(0);
  });

  it('waits without a connection, says so, and goes out as the same intention when it is back', async () => {
    const server = start({ [`PUT ${DRAFT}`]: 'offline' });
    show();
    await write('Tekst bez sieci.');
    await screen.findByText(/Tekst jest bezpieczny na tej stronie/);
    server.answers[`PUT ${DRAFT}`] = { body: { revision: 1, savedAt: '2026-11-24T09:42:00Z' } };
    act(() => void window.dispatchEvent(new Event('online')));
    await screen.findByText('Zapisano 10:42', { selector: '.saved' });
    const keys = server.of('PUT', DRAFT).map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
  });

  it('warns before the window closes only while something is not saved', async () => {
    const server = start({ [`PUT ${DRAFT}`]: 'offline' });
    show();
    const closing = () => window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    await note();
    expect(closing()).toBe(true);
    await write('Jeszcze nie zapisane.');
    await screen.findByText(/Tekst jest bezpieczny/);
    expect(closing()).toBe(false);
    server.answers[`PUT ${DRAFT}`] = { body: { revision: 1, savedAt: '2026-11-24T09:42:00Z' } };
    act(() => void window.dispatchEvent(new Event('online')));
    await screen.findByText('Zapisano 10:42', { selector: '.saved' });
    expect(closing()).toBe(true);
  });

  const theirs = {
    revision: 5,
    content: { note: 'Wersja Anny.', rooms: 2 },
    savedAt: '2026-11-24T09:40:00Z',
    savedBy: anna,
  };
  const conflictOnce = () => {
    let first = true;
    return () => {
      const again = { body: { revision: 6, savedAt: '2026-11-24T09:42:00Z' } };
      const reply = first ? { status: 409, body: { title: 'CONFLICT', draft: theirs } } : again;
      first = false;
      return reply;
    };
  };

  it('in conflict shows both versions, and mine goes over theirs', async () => {
    const server = start({ [`PUT ${DRAFT}`]: conflictOnce() });
    show();
    await write('Moja wersja.');
    const dialog = await screen.findByRole('alertdialog', { name: /Anna Sowa.*dziś 10:40/ });
    within(dialog).getByText('Moja wersja.');
    within(dialog).getByText('Wersja Anny.');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Zostaw moją wersję' }));
    await screen.findByText('Zapisano 10:42', { selector: '.saved' });
    expect(server.of('PUT', DRAFT)[1]?.body).toMatchObject({ revision: 5, content: { note: 'Moja wersja.' } });
  });

  it('in conflict gives place to theirs when chosen', async () => {
    const server = start({ [`PUT ${DRAFT}`]: conflictOnce() });
    show();
    await write('Moja wersja.');
    await userEvent.click(await screen.findByRole('button', { name: 'Weź tę wersję' }));
    await waitFor(async () => expect(await note()).toHaveProperty('value', 'Wersja Anny.'));
    await write('Wersja Anny, dalej.');
    await waitFor(() => expect(server.of('PUT', DRAFT)).toHaveLength(2));
    expect(server.of('PUT', DRAFT)[1]?.body).toMatchObject({ revision: 5 });
  });

  it('that did not leave the browser is there after going away and back', async () => {
    start({ [`PUT ${DRAFT}`]: 'offline' });
    const { unmount } = show();
    await write('Wracam do tego.', false);
    await screen.findByText('Zapiszemy za chwilę', { selector: '.saved' });
    unmount();
    show();
    await waitFor(async () => expect(await note()).toHaveProperty('value', 'Wracam do tego.'));
  });
});

describe('completion', () => {
  const receipt = {
    taskKey: '7',
    name: 'Wywiad środowiskowy',
    completedAt: '2026-11-24T09:45:00Z',
    caseNo: '5211.12.2026',
    ended: false,
    next: [{ taskKey: null, name: 'Analiza sytuacji rodziny', who: 'Piotr Nowicki', dueDate: null }],
  };
  const press = async () => fireEvent.click(await screen.findByRole('button', { name: 'Zakończ zadanie' }));

  it('pressed twice is sent once, and says what follows and who has it', async () => {
    const server = start({ 'POST /api/tasks/7/completion': { body: receipt } });
    show();
    await write('Gotowe.');
    await press();
    fireEvent.click(screen.getByRole('button', { name: /Zakończ zadanie|Wysyłamy/ }));
    await screen.findByRole('heading', { name: 'Zrobione' });
    screen.getByText('Analiza sytuacji rodziny');
    screen.getByText('Piotr Nowicki');
    expect(server.of('POST', '/api/tasks/7/completion')).toHaveLength(1);
  });

  it('with a missing answer is not sent: the summary has the focus and leads to the field', async () => {
    const server = start();
    show();
    await note();
    await press();
    const line = await screen.findByRole('link', { name: 'Notatka: wpisz odpowiedź.' });
    expect(document.activeElement?.className).toBe('error-summary');
    await userEvent.click(line);
    expect(document.activeElement).toBe(await note());
    expect(server.of('POST', '/api/tasks')).toHaveLength(0);
  });

  it('refused by the server puts its words at the field, also in a row of a list', async () => {
    const errors = { 'children[0].name': ['Wpisz imię dziecka.'], elsewhere: ['Sprawa jest zamknięta.'] };
    start({ 'POST /api/tasks/7/completion': { status: 400, body: { title: 'INVALID_ARGUMENT', detail: '', errors } } });
    show();
    await write('Gotowe.');
    await press();
    const line = await screen.findByRole('link', { name: 'Imię: wpisz imię dziecka.' });
    await userEvent.click(line);
    expect(document.activeElement).toBe(screen.getByLabelText(/^Imię/));
    expect(screen.getByText('Sprawa jest zamknięta.').closest('.error-summary')).toBeTruthy();
  });

  it('without a connection keeps the text, and pressed again is the same intention', async () => {
    const server = start({ 'POST /api/tasks/7/completion': 'offline' });
    show();
    await write('Gotowe.');
    await press();
    await screen.findByText(/Zadanie nie jest jeszcze zakończone/);
    server.answers['POST /api/tasks/7/completion'] = { body: receipt };
    await press();
    await screen.findByRole('heading', { name: 'Zrobione' });
    expect(new Set(server.of('POST', '/api/tasks/7/completion').map(({ key }) => key)).size).toBe(1);
  });

  it('by somebody else first tells who and when, and keeps the text typed', async () => {
    const body = { title: 'INVALID_STATE', detail: '', completedBy: anna, completedAt: '2026-11-24T09:41:00Z' };
    const server = start({ 'POST /api/tasks/7/completion': { status: 409, body } });
    show();
    await write('Mój długi tekst.');
    await screen.findByText('Zapisano 10:42', { selector: '.saved' });
    await press();
    await screen.findByText('To zadanie jest już zakończone: Anna Sowa, dziś 10:41.');
    screen.getByText('Mój długi tekst.');
    screen.getByRole('button', { name: 'Skopiuj tekst' });
    expect(server.of('POST', '/api/tasks/7/completion')).toHaveLength(1);
  });

  it('keeps the text typed also when the draft is answered before the completion', async () => {
    const body = { title: 'COMPLETED', detail: '', completedBy: anna, completedAt: '2026-11-24T09:41:00Z' };
    const gone = { status: 409, body };
    let answerDraft: () => void = () => undefined;
    let answerCompletion: () => void = () => undefined;
    start({
      [`PUT ${DRAFT}`]: () => new Promise((tell) => (answerDraft = () => tell(gone))),
      'POST /api/tasks/7/completion': () => new Promise((tell) => (answerCompletion = () => tell(gone))),
    });
    show();
    // Leaving the field sends the draft; the press follows while it is on its way.
    await write('Mój długi tekst.');
    await press();
    answerDraft();
    await screen.findByText('To zadanie jest już zakończone: Anna Sowa, dziś 10:41.');
    await act(async () => {
      answerCompletion();
      await new Promise((rested) => setTimeout(rested));
    });
    screen.getByText('Mój długi tekst.');
  });
});

describe('a task not mine to complete', () => {
  it('says why, offers to take it, and its fields cannot be changed', async () => {
    const may = { complete: false, claim: true, giveBack: false, reassign: false };
    start({}, taskPage(task, { may, why: 'Najpierw weź to zadanie z kolejki.' }));
    show();
    await screen.findByText('Najpierw weź to zadanie z kolejki.');
    screen.getByRole('button', { name: 'Biorę' });
    expect(screen.queryByRole('button', { name: 'Zakończ zadanie' })).toBeNull();
    expect(await note()).toHaveProperty('readOnly', true);
  });

  it('can be written in as soon as it is taken', async () => {
    const may = { complete: false, claim: true, giveBack: false, reassign: false };
    const server = start({}, taskPage(task, { may, why: 'Najpierw weź to zadanie z kolejki.' }));
    server.answers['POST /api/tasks/7/claim'] = () => {
      server.answers['GET /api/tasks/7'] = { body: taskPage(task) };
      return { status: 204 };
    };
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Biorę' }));
    await waitFor(async () => expect(await note()).toHaveProperty('readOnly', false));
    await write('Moje.');
    await waitFor(() => expect(server.of('PUT', DRAFT)).toHaveLength(1));
  });
});

describe('Chroń dziecko', () => {
  it('starts the steps in two presses, once', async () => {
    const server = start({
      'POST /api/cases/5211.12.2026/interventions': { body: { instanceKey: '9', taskKey: '9' } },
    });
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Chroń dziecko' }));
    const dialog = await screen.findByRole('alertdialog');
    expect(document.activeElement?.textContent).toBe('Wróć do pracy');
    await userEvent.dblClick(within(dialog).getByRole('button', { name: 'Rozpocznij działania' }));
    await waitFor(() => expect(location.pathname).toBe('/zadania/9'));
    expect(server.of('POST', '/api/cases')).toHaveLength(1);
  });
});
