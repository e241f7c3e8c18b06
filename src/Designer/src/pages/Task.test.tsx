// @vitest-environment jsdom
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Switch } from 'wouter';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Content, TaskPage } from '../api';
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

describe('files', () => {
  it('are offered where there is a case whose file they go into', async () => {
    start();
    show();
    expect(await screen.findByRole('button', { name: 'Wybierz plik' })).toBeTruthy();
  });

  it('are not offered for a task of no case, which would have nowhere to keep them', async () => {
    const alone = { ...task, caseNo: null, caseLabel: null };
    start({}, { ...taskPage(alone), case: null });
    show();
    await note();
    expect(screen.queryByRole('region', { name: /Zdjęcia i pliki/ })).toBeNull();
    expect(document.querySelector('input[type="file"]')).toBeNull();
  });
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

  it('that is still on its way when she comes back is what she finds, and nobody is in conflict with herself', async () => {
    // A server that keeps what it was given; what is read is read at once, and its answer comes after the writing.
    let draft: TaskPage['draft'] = null;
    start({
      'GET /api/tasks/7': async () => {
        const read = draft;
        await new Promise((done) => setTimeout(done, 100));
        return { body: { ...taskPage(task), draft: read } };
      },
      [`PUT ${DRAFT}`]: async ({ body }) => {
        const sent = body as { content: Content; revision: number };
        await new Promise((done) => setTimeout(done, 50));
        if (sent.revision !== (draft?.revision ?? 0)) return { status: 409, body: { title: 'CONFLICT', draft } };
        draft = { content: sent.content, revision: sent.revision + 1, savedAt: '2026-11-24T09:42:00Z', savedBy: me };
        return { body: draft };
      },
    });
    const { unmount } = show();
    await write('Wracam od razu.', false);
    unmount();
    show();
    await waitFor(async () => expect(await note()).toHaveProperty('value', 'Wracam od razu.'));
    await write('Wracam od razu, i dalej.');
    await waitFor(() => expect(draft?.content['note']).toBe('Wracam od razu, i dalej.'));
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });
});

describe('completion', () => {
  const receipt = {
    taskKey: '7',
    name: 'Wywiad środowiskowy',
    completedAt: '2026-11-24T09:45:00Z',
    caseNo: '5211.12.2026',
    ended: false,
    settled: true,
    next: [
      {
        taskKey: null,
        name: 'Analiza sytuacji rodziny',
        who: 'Piotr Nowicki',
        dueDate: null,
        procedure: null,
        mine: false,
      },
    ],
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

  it('tells that more is under way, and shows it when it is there', async () => {
    const alarm = {
      taskKey: '9',
      name: 'Oceń zagrożenie',
      who: 'każdy pracownik',
      dueDate: null,
      procedure: 'Interwencja w obronie dziecka',
      mine: true,
    };
    start({
      'POST /api/tasks/7/completion': { body: { ...receipt, settled: false } },
      'GET /api/tasks/7/receipt': { body: { ...receipt, next: [...receipt.next, alarm] } },
    });
    show();
    await write('Gotowe.');
    vi.useFakeTimers({ shouldAdvanceTime: true });
    await press();
    await screen.findByText(/Kolejne kroki właśnie powstają/);
    expect(screen.queryByText('Oceń zagrożenie')).toBeNull();
    await act(() => vi.advanceTimersByTimeAsync(2_500));
    expect(screen.getByRole('link', { name: 'Oceń zagrożenie' }).getAttribute('href')).toBe('/zadania/9');
    screen.getByText('Rozpoczęta procedura: Interwencja w obronie dziecka');
    screen.getByRole('link', { name: 'Dalej: Oceń zagrożenie' });
    expect(screen.queryByText(/Kolejne kroki właśnie powstają/)).toBeNull();
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
    const line = await screen.findByRole('link', { name: 'Dzieci, pozycja 1, Imię: wpisz imię dziecka.' });
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
    // What comes next is what did come, and nobody is told that it is still hers.
    expect(screen.queryByText(me.name)).toBeNull();
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

  it('tells of one that runs, leads to it, and starts another when asked again', async () => {
    const step = {
      taskKey: '8',
      name: 'Oceń zagrożenie',
      who: 'Anna Sowa',
      dueDate: null,
      procedure: null,
      mine: false,
    };
    const running = [{ startedAt: '2026-11-24T07:30:00Z', steps: [step] }];
    const server = start({
      'POST /api/cases/5211.12.2026/interventions': ({ body }) =>
        (body as { again: boolean }).again
          ? { body: { instanceKey: '9', taskKey: '9' } }
          : { status: 409, body: { title: 'ALREADY_RUNNING', detail: '', running } },
    });
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Chroń dziecko' }));
    await userEvent.click(screen.getByRole('button', { name: 'Rozpocznij działania' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Interwencja już trwa' });
    within(dialog).getByText('Interwencja w tej sprawie trwa od: dziś 8:30.');
    within(dialog).getByText('Oceń zagrożenie: Anna Sowa');
    expect(within(dialog).getByRole('link', { name: 'Otwórz trwającą' }).getAttribute('href')).toBe('/zadania/8');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Rozpocznij kolejną' }));
    await waitFor(() => expect(location.pathname).toBe('/zadania/9'));
    expect(server.of('POST', '/api/cases')).toHaveLength(2);
  });
});

const long = {
  type: 'default',
  id: 'long',
  schemaVersion: 16,
  components: [
    { type: 'text', id: 'intro', text: 'Na początek.' },
    {
      type: 'radio',
      id: 'held',
      key: 'held',
      label: 'Wynik wizyty',
      values: [
        { label: 'Odbyła się', value: 'yes' },
        { label: 'Nie', value: 'no' },
      ],
      validate: { required: true },
      properties: { part: 'Wizyta' },
    },
    {
      type: 'group',
      id: 'visit',
      label: 'Wywiad',
      conditional: { hide: '=held != "yes"' },
      components: [
        {
          type: 'textarea',
          id: 'home',
          key: 'home',
          label: 'Dom',
          validate: { required: true },
          properties: { part: 'Dom' },
        },
        {
          type: 'group',
          id: 'signs',
          label: 'Podpis rodziny',
          path: 'family',
          properties: { part: 'Podpisy' },
          components: [{ type: 'textfield', id: 'f1', key: 'name', label: 'Imię', validate: { required: true } }],
        },
        {
          type: 'group',
          id: 'signs2',
          label: 'Podpis pracownika',
          path: 'worker',
          components: [{ type: 'textfield', id: 'f2', key: 'name', label: 'Imię', validate: { required: true } }],
        },
      ],
    },
  ],
};

describe('a long form', () => {
  const part = (name: RegExp) => screen.getByRole('button', { name });
  const open = (more: Partial<Parameters<typeof taskPage>[1]> = {}) => {
    const server = start({}, taskPage(task, { form: { schema: long, version: 1 }, ...more }));
    show();
    return server;
  };
  const seen = (label: string) =>
    screen.getAllByLabelText(new RegExp(`^${label}`)).filter((one) => one.closest('[hidden]') === null).length;

  it('is one page until the answers need more, then shows one part at a time and asks it before going on', async () => {
    open();
    await userEvent.click(await screen.findByRole('radio', { name: 'Nie' }));
    screen.getByRole('button', { name: 'Zakończ zadanie' });
    expect(screen.queryByRole('navigation', { name: 'Części formularza' })).toBeNull();

    await userEvent.click(screen.getByRole('radio', { name: 'Odbyła się' }));
    await screen.findByRole('heading', { name: 'Część 1 z 3: Wizyta' });
    expect(screen.queryByRole('button', { name: 'Zakończ zadanie' })).toBeNull();
    await userEvent.click(part(/^Dalej: Dom$/));
    const heading = await screen.findByRole('heading', { name: 'Część 2 z 3: Dom' });
    await waitFor(() => expect(document.activeElement).toBe(heading));
    part(/^Część 1: Wizyta, gotowa$/);
    expect(seen('Dom')).toBe(1);
    expect(screen.getByRole('radio', { name: 'Nie', hidden: true }).closest('[hidden]')).toBeTruthy();

    await userEvent.click(part(/^Dalej: Podpisy$/));
    await screen.findByRole('link', { name: 'Dom: wpisz odpowiedź.' });
    expect(document.activeElement?.className).toBe('error-summary');
    await waitFor(() => part(/^Część 2: Dom, do poprawy$/));
    fireEvent.input(screen.getByLabelText(/^Dom/), { target: { value: 'Dwa pokoje.' } });
    await userEvent.click(part(/^Dalej: Podpisy$/));
    await screen.findByRole('heading', { name: 'Część 3 z 3: Podpisy' });
    await userEvent.click(part(/^Wstecz$/));
    await screen.findByRole('heading', { name: 'Część 2 z 3: Dom' });
  });

  it('says at the end what is missing anywhere, by group, and each line opens its part', async () => {
    open({
      draft: { revision: 1, content: { held: 'yes', home: 'Dom.' }, savedAt: '2026-11-24T09:00:00Z', savedBy: me },
    });
    // Who comes back goes on where something is left.
    await screen.findByRole('heading', { name: 'Część 3 z 3: Podpisy' });
    part(/^Część 2: Dom, gotowa$/);
    await userEvent.click(part(/^Część 1: Wizyta/));
    await userEvent.click(part(/^Część 3: Podpisy/));
    await userEvent.click(part(/^Zakończ zadanie$/));
    await screen.findByRole('link', { name: 'Podpis rodziny, Imię: wpisz odpowiedź.' });
    await userEvent.click(part(/^Część 1: Wizyta/));
    await userEvent.click(screen.getByRole('link', { name: 'Podpis pracownika, Imię: wpisz odpowiedź.' }));
    await screen.findByRole('heading', { name: 'Część 3 z 3: Podpisy' });
    expect((document.activeElement as HTMLInputElement).closest('.field')?.id).toContain('f2');
  });
});

describe('a text far too long', () => {
  const words = 'Zapis rozmowy z rodziną. '.repeat(40_000);
  const paste = async (text: string) => {
    const event = new Event('paste', { bubbles: true, cancelable: true });
    Object.assign(event, { clipboardData: { getData: () => text } });
    fireEvent(await note(), event);
  };

  it('is not put into the field and not lost: its beginning is taken when asked, or all of it kept as a file', async () => {
    const made = vi.fn<(blob: Blob) => string>(() => 'blob:kept');
    vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: made, revokeObjectURL: () => undefined }));
    const server = start();
    show();
    await write('Zapisano ręcznie.', false);
    await paste(words);
    await screen.findByText(/^Tekst ma 1.000.000 znaków, a to pole mieści 50.000\. Nie został wklejony i nie zginął/);
    expect(await note()).toHaveProperty('value', 'Zapisano ręcznie.');
    HTMLAnchorElement.prototype.click = () => undefined;
    await userEvent.click(screen.getByRole('button', { name: 'Zapisz cały tekst jako plik' }));
    expect(made.mock.calls[0]?.[0].size).toBe(new Blob([words]).size);
    await userEvent.click(screen.getByRole('button', { name: /^Wklej pierwsze/ }));
    expect(((await note()) as HTMLTextAreaElement).value).toHaveLength(50_000);
    await userEvent.click(screen.getByRole('button', { name: 'Odrzuć ten tekst' }));
    expect(screen.queryByText(/^Tekst ma/)).toBeNull();
    screen.getByText(/^50.000 z 50.000 znaków$/);
    expect(server.of('PUT', DRAFT).every((one) => JSON.stringify(one.body).length < 60_000)).toBe(true);
  });

  it('that came by another way than pasting is taken out of the field at once', async () => {
    start();
    show();
    await write('Przed.', false);
    fireEvent.input(await note(), { target: { value: words } });
    await screen.findByText(/^Tekst ma 1.000.000 znaków/);
    expect(await note()).toHaveProperty('value', 'Przed.');
  });
});
