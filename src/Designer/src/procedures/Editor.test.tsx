// @vitest-environment jsdom
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Route, Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { SessionContext } from '../session';
import { centre, me, startServer } from '../test/server';
import { filesOf } from '../test/shipped';
import { drawInMemory } from '../test/svg';
import type { Check, Files } from './api';
import Editor from './Editor';
import { clean, draftOf, procedure, publication, vocabulary } from './fixtures';

const AT = '/api/procedures/interview-analysis';
const files = filesOf('interview-analysis');
/** The same procedure with other reminders of the visit. */
const slower = {
  ...files,
  'process.bpmn': (files['process.bpmn'] ?? '').replace(
    'name="reminders" value="fast"',
    'name="reminders" value="std"',
  ),
};
const admin = { ...me, userName: 'admin', name: 'Leon Żak', roles: ['admin'] };
const comparison = {
  elements: [{ elementId: 'conduct-interview', change: 'changed' }],
  lines: [
    {
      file: 'process.bpmn',
      elementId: 'conduct-interview',
      change: 'changed',
      text: 'Przypomnienia: szybko -> zwykle',
    },
  ],
  hash: 'h1',
};
const broken: Check = {
  problems: [
    {
      severity: 'error',
      code: 'NO_TERM',
      file: 'process.bpmn',
      elementId: 'gather-information',
      property: 'dueDate',
      message: 'Podaj termin.',
      tick: 'e1',
    },
  ],
  guard: [
    {
      ruleId: 'in-time',
      article: '§ 3 ust. 2',
      sentence: 'Wywiad odbywa się w ciągu 14 dni roboczych.',
      holds: false,
      meaning: 'Wywiad może odbyć się za późno.',
      elements: ['conduct-interview'],
      path: ['arrange-visit', 'conduct-interview'],
      repair: 'Ustaw 14 dni roboczych',
    },
  ],
  elapsedMs: 3,
};

function open(check: Check = clean, more: Parameters<typeof startServer>[0] = {}) {
  const locked = { forms: {}, elements: { 'conduct-interview': [{ article: 'art. 11 ust. 1', sentence: 'Wywiad.' }] } };
  const server = startServer({
    [`GET ${AT}`]: { body: { ...procedure, rules: 0 } },
    [`GET ${AT}/draft`]: { body: { ...draftOf(files), locked } },
    'GET /api/procedures/vocabulary': { body: vocabulary },
    [`POST ${AT}/check`]: { body: check },
    [`POST ${AT}/compare`]: { body: comparison },
    [`POST ${AT}/scenarios/run`]: {
      body: {
        items: [{ name: 'Zwykły', shipped: true, passed: true, difference: null, tick: null }],
        total: 1,
        done: true,
      },
    },
    [`GET ${AT}/draft/history`]: { body: { items: [] } },
    [`PUT ${AT}/draft`]: { body: { revision: 4, savedAt: '2026-11-24T10:08:00Z' } },
    'POST /api/procedures/deadline': { body: { dueOn: '2026-12-01', explanation: '7 dni od dziś.' } },
    ...more,
  });
  const { hook, history } = memoryLocation({ path: '/procedury/interview-analysis/edycja', record: true });
  const { unmount } = render(
    <SessionContext value={{ me: admin, centre, signOut: () => undefined }}>
      <Router hook={hook}>
        <Route path="/procedury/:id/edycja" component={Editor} />
      </Router>
    </SessionContext>,
  );
  return { server, history, unmount };
}

const tab = async (name: string) => userEvent.click(await screen.findByRole('tab', { name }));
async function choose(step: string) {
  await tab('Tabela kroków');
  await userEvent.click(await screen.findByRole('button', { name: step }));
}

beforeAll(() => {
  drawInMemory();
  Element.prototype.scrollIntoView = () => undefined;
});
beforeEach(() => history.replaceState(null, '', '/'));

describe('the editor', () => {
  it('does not call the law kept where the diagram cannot be read', async () => {
    const torn: Check = {
      problems: [
        {
          severity: 'error',
          code: 'xml',
          file: 'process.bpmn',
          elementId: null,
          property: null,
          message: 'Pliku nie da się odczytać.',
          tick: 't',
        },
      ],
      guard: [],
      elapsedMs: 1,
    };
    open(torn, { [`GET ${AT}`]: { body: { ...procedure, rules: 37 } } });
    expect(
      await screen.findByText('Strażnik: tego diagramu nie da się sprawdzić', {}, { timeout: 10_000 }),
    ).toBeTruthy();
    expect(screen.queryByText(/wszystkie reguły zachowane/)).toBeNull();
    expect(screen.getByText('nie da się sprawdzić')).toBeTruthy();
  });

  it('changes a reminder by keyboard alone, saves the one line, and is ready to publish once the change was seen', async () => {
    const { server, history } = open(clean, { [`POST ${AT}/publications`]: { body: publication } });
    await choose('Przeprowadź wywiad');
    expect(screen.getByText('art. 11 ust. 1')).toBeTruthy();
    await userEvent.selectOptions(screen.getByLabelText('Kiedy przypomnieć?'), 'std');
    await waitFor(() => expect(server.of('PUT', `${AT}/draft`)).toHaveLength(1));
    const saved = (server.of('PUT', `${AT}/draft`)[0]?.body as { files: Files }).files;
    expect(saved).toEqual(slower);
    const bar = within(screen.getByRole('region', { name: 'Droga do publikacji' }));
    const send = bar.getByRole('button', { name: 'Wyślij do zatwierdzenia' });
    expect(send.getAttribute('aria-disabled')).toBe('true');
    await userEvent.click(await bar.findByRole('button', { name: /1 do przejrzenia/ }));
    expect(await screen.findByText('Przypomnienia: szybko -> zwykle')).toBeTruthy();
    await waitFor(() => expect(send.getAttribute('aria-disabled')).toBeNull());
    await userEvent.click(send);
    const dialog = within(screen.getByRole('dialog'));
    await userEvent.click(dialog.getByRole('button', { name: 'Wyślij do zatwierdzenia' }));
    expect(dialog.getByText('Napisz, dlaczego.')).toBeTruthy();
    await userEvent.type(dialog.getByLabelText('Powód'), 'Za późno przypominamy');
    await userEvent.type(dialog.getByLabelText('Podstawa prawna'), 'ustalenie ośrodka');
    await userEvent.click(dialog.getByRole('button', { name: 'Wyślij do zatwierdzenia' }));
    await waitFor(() => expect(history.at(-1)).toBe('/publikacje/77'));
    expect(server.of('POST', `${AT}/publications`)[0]?.body).toMatchObject({
      revision: 4,
      compared: 'h1',
      ticks: [],
      validFrom: '2026-11-24',
    });
  });

  it('leads from a problem to the field it speaks of', async () => {
    open(broken);
    await tab('Tabela kroków');
    await userEvent.click(await screen.findByRole('button', { name: 'Pokaż' }));
    await waitFor(() =>
      expect(document.activeElement?.closest('[data-property]')?.getAttribute('data-property')).toBe('dueDate'),
    );
    expect(screen.getByRole('heading', { name: 'Zbierz informacje od instytucji' })).toBeTruthy();
  });

  it('mends a broken rule with one press, and saves what the repair changed with a note', async () => {
    const { server } = open(broken, { [`POST ${AT}/repair`]: { body: { files: slower } } });
    await userEvent.click(await screen.findByRole('button', { name: 'Ustaw 14 dni roboczych' }));
    await waitFor(() => expect(server.of('PUT', `${AT}/draft`)).toHaveLength(1));
    expect(server.of('PUT', `${AT}/draft`)[0]?.body).toMatchObject({
      files: slower,
      note: 'Naprawa: Ustaw 14 dni roboczych',
    });
    expect(server.of('POST', `${AT}/repair`)[0]?.body).toMatchObject({ ruleId: 'in-time' });
  });

  it('takes back a change, also one made before the page was loaded anew', async () => {
    const revisions = [3, 2].map((revision) => ({ revision, at: '2026-11-24T10:00:00Z', by: admin, note: null }));
    const { server } = open(clean, {
      [`GET ${AT}/draft/history`]: { body: { items: revisions } },
      [`GET ${AT}/draft/history/2/files`]: { body: { files: slower } },
    });
    await choose('Przeprowadź wywiad');
    await userEvent.click(screen.getByRole('button', { name: 'Cofnij' }));
    await waitFor(() => expect(server.of('PUT', `${AT}/draft`)).toHaveLength(1));
    expect((server.of('PUT', `${AT}/draft`)[0]?.body as { files: Files }).files).toEqual(slower);
  });

  it('shows trials as they are played, and publishes one that ends otherwise only when it is ticked', async () => {
    const passed = { name: 'Zwykły', shipped: true, passed: true, difference: null, tick: null };
    const other = { name: 'Odmowa', shipped: true, passed: false, difference: 'na końcu: trwa sprawa', tick: 't9' };
    const answers = [
      { items: [passed], total: 2, done: false },
      { items: [passed, other], total: 2, done: true },
    ];
    const { server } = open(clean, {
      [`POST ${AT}/scenarios/run`]: () => ({ body: answers.length > 1 ? answers.shift() : answers[0] }),
      [`GET ${AT}/scenarios`]: { body: { items: [{ name: 'Zwykły', shipped: true }] } },
      [`POST ${AT}/publications`]: { body: publication },
    });
    await tab('Zmiany');
    await screen.findByText('Przypomnienia: szybko -> zwykle');
    const bar = within(screen.getByRole('region', { name: 'Droga do publikacji' }));
    const send = bar.getByRole('button', { name: 'Wyślij do zatwierdzenia' });
    await userEvent.click(await bar.findByRole('button', { name: /Próby.*1 do potwierdzenia/ }, { timeout: 10_000 }));
    expect(server.of('POST', `${AT}/scenarios/run`)).toHaveLength(2);
    expect(server.of('POST', `${AT}/scenarios/run`)[0]?.body).toMatchObject({ patience: 3 });
    expect(send.getAttribute('aria-disabled')).toBe('true');
    expect(await screen.findByText('na końcu: trwa sprawa')).toBeTruthy();
    await userEvent.click(screen.getByRole('checkbox', { name: /^Tak ma być/ }));
    expect(bar.getByRole('button', { name: /Próby.*2 z 2 przeszło/ })).toBeTruthy();
    await waitFor(() => expect(send.getAttribute('aria-disabled')).toBeNull());
    await userEvent.click(send);
    const dialog = within(screen.getByRole('dialog'));
    expect(dialog.getByText('Próba „Odmowa” kończy się inaczej: na końcu: trwa sprawa')).toBeTruthy();
    await userEvent.type(dialog.getByLabelText('Powód'), 'Tak umówiono');
    await userEvent.type(dialog.getByLabelText('Podstawa prawna'), 'ustalenie ośrodka');
    await userEvent.click(dialog.getByRole('button', { name: 'Wyślij do zatwierdzenia' }));
    await waitFor(() => expect(server.of('POST', `${AT}/publications`)).toHaveLength(1));
    expect(server.of('POST', `${AT}/publications`)[0]?.body).toMatchObject({ ticks: ['t9'] });
  });

  it('refuses to delete what a statute asks for, names the article, and deletes it only when told so', async () => {
    const { server } = open();
    await choose('Przeprowadź wywiad');
    await userEvent.click(screen.getByRole('button', { name: 'Usuń' }));
    const told = within(screen.getByRole('alert'));
    expect(told.getByText(/Nie usunięto: „Przeprowadź wywiad”/)).toBeTruthy();
    expect(told.getByText('art. 11 ust. 1')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Przeprowadź wywiad' })).toBeTruthy();
    expect(server.of('PUT', `${AT}/draft`)).toEqual([]);
    await userEvent.click(told.getByRole('button', { name: 'Usuń mimo to' }));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Przeprowadź wywiad' })).toBeNull());
    expect(screen.queryByRole('alert')).toBeNull();
    expect(document.activeElement?.id).toBe('guard');
  });

  it('dates the way on which a rule breaks, by the terms along it', async () => {
    const [first] = broken.guard;
    if (first === undefined) throw new Error('There is no broken rule.');
    open({ ...broken, guard: [{ ...first, path: ['gather-information', 'analyse-situation'] }] });
    const way = within(await screen.findByRole('article'));
    expect(await way.findAllByText('po: 7 dni')).toHaveLength(2);
    expect((await way.findAllByText('wt. 1 grudnia')).length).toBeGreaterThan(0);
  });

  it('goes on from a newer version when the draft began from an older one', async () => {
    const { server } = open(clean, {
      [`GET ${AT}/draft`]: { body: { ...draftOf(files), baseVersion: 1, outdated: true } },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Pracuj na wersji 2' }));
    await waitFor(() => expect(server.of('PUT', `${AT}/draft`)).toHaveLength(1));
    expect(server.of('PUT', `${AT}/draft`)[0]?.body).toMatchObject({ baseVersion: 2, files });
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Pracuj na wersji 2' })).toBeNull());
  });

  it('finds what was still on its way when one comes straight back, and is in conflict with nobody', async () => {
    // A server that keeps what it was given; what is read is read at once, and its answer comes after the writing.
    let draft = draftOf(files);
    const slow: Parameters<typeof startServer>[0] = {
      [`GET ${AT}/draft`]: async () => {
        const read = draft;
        await new Promise((done) => setTimeout(done, 100));
        return { body: read };
      },
      [`PUT ${AT}/draft`]: async ({ body }) => {
        const sent = body as { revision: number; files: Files };
        await new Promise((done) => setTimeout(done, 50));
        if (sent.revision !== draft.revision) return { status: 409, body: { title: 'CONFLICT', draft } };
        draft = { ...draft, files: sent.files, revision: sent.revision + 1, savedAt: '2026-11-24T10:08:00Z' };
        return { body: { revision: draft.revision, savedAt: draft.savedAt } };
      },
    };
    const { unmount } = open(clean, slow);
    await choose('Przeprowadź wywiad');
    await userEvent.selectOptions(screen.getByLabelText('Kiedy przypomnieć?'), 'std');
    unmount();
    open(clean, slow);
    await choose('Przeprowadź wywiad');
    await waitFor(() => expect(screen.getByLabelText('Kiedy przypomnieć?')).toHaveProperty('value', 'std'));
    await userEvent.selectOptions(screen.getByLabelText('Kiedy przypomnieć?'), 'fast');
    await waitFor(() => expect(draft.revision).toBe(5));
    expect(draft.files['process.bpmn']).toContain('name="reminders" value="fast"');
  });
});
