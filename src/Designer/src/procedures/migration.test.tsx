// @vitest-environment jsdom
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Route, Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { SessionContext } from '../session';
import { centre, me, startServer } from '../test/server';
import { procedure } from './fixtures';
import Migrate from './Migrate';
import MigrationPage from './Migration';
import type { Migration, PlannedTerm, Preview } from './migrations';
import { termWords } from './migrations';

const admin = { ...me, userName: 'admin', name: 'Leon Żak', roles: ['admin'] };
const head = { ...me, userName: 'head', name: 'Ewa Kos', roles: ['head'] };
const term: PlannedTerm = {
  elementId: 'conduct-interview',
  name: 'Przeprowadź wywiad',
  kind: 'STAT',
  before: '2026-11-30T22:59:59Z',
  after: '2026-11-26T22:59:59Z',
  explanation: null,
  held: false,
};
const place = {
  elementId: 'conduct-interview',
  name: 'Przeprowadź wywiad',
  target: 'talk',
  targetName: 'Porozmawiaj z rodziną',
};
const preview: Preview = {
  mapping: { 'conduct-interview': 'talk' },
  missing: [],
  steps: [
    {
      elementId: 'conduct-interview',
      name: 'Przeprowadź wywiad',
      target: 'talk',
      cases: 1,
      choices: [{ elementId: 'talk', name: 'Porozmawiaj z rodziną' }],
    },
  ],
  items: [
    { caseNo: 'OPS.1', instanceKey: '11', places: [place], terms: [term], blockers: [] },
    {
      caseNo: 'OPS.2',
      instanceKey: '12',
      places: [{ ...place, target: null, targetName: null }],
      terms: [{ ...term, after: null }],
      blockers: [{ elementId: 'conduct-interview', message: 'Krok nie ma odpowiednika.' }],
    },
  ],
  ready: 1,
  blocked: 1,
  beyond: 0,
};
const migration: Migration = {
  id: '5',
  processId: 'interview-analysis',
  name: 'Wywiad i analiza',
  from: 1,
  to: 2,
  terms: 'renew',
  state: 'waiting',
  author: { userName: 'admin', name: 'Leon Żak' },
  at: '2026-11-24T09:00:00Z',
  reason: 'Jedna nazwa kroku',
  legalBasis: 'ustalenie ośrodka',
  decidedBy: null,
  decidedAt: null,
  refusal: null,
  taskKey: '99',
  overtaken: null,
  lines: ['Krok „Przeprowadź wywiad” staje się krokiem „Porozmawiaj z rodziną”.'],
  counts: { waiting: 1 },
  items: [
    {
      caseNo: 'OPS.1',
      instanceKey: '11',
      places: [place],
      terms: [term],
      state: 'waiting',
      message: null,
      at: null,
    },
  ],
};

function show(address: string, who: typeof me) {
  const { hook, history } = memoryLocation({ path: address, record: true });
  render(
    <SessionContext value={{ me: who, centre, signOut: () => undefined }}>
      <Router hook={hook}>
        <Route path="/procedury/:id/przeniesienie" component={Migrate} />
        <Route path="/przeniesienia/:id" component={MigrationPage} />
      </Router>
    </SessionContext>,
  );
  return history;
}

describe('the plan', () => {
  it('sends the cases that can go, and says why another cannot', async () => {
    const server = startServer({
      'GET /api/procedures/interview-analysis': { body: procedure },
      'POST /api/procedures/interview-analysis/migration/preview': { body: preview },
      'POST /api/procedures/interview-analysis/migrations': { body: migration },
      'GET /api/migrations/5': { body: migration },
    });
    const history = show('/procedury/interview-analysis/przeniesienie', admin);
    const ready = within(await screen.findByRole('row', { name: /OPS\.1/ }));
    expect(ready.getByText('Przeprowadź wywiad, potem: Porozmawiaj z rodziną')).toBeTruthy();
    expect(ready.getByText('26 listopada zamiast 30 listopada')).toBeTruthy();
    const blocked = within(screen.getByRole('row', { name: /OPS\.2/ }));
    expect(blocked.getByText('Krok nie ma odpowiednika.')).toBeTruthy();
    expect(blocked.queryByRole('checkbox')).toBeNull();

    await userEvent.click(screen.getByRole('radio', { name: /^Liczą się od nowa/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Wyślij do kierownika' }));
    const dialog = within(screen.getByRole('dialog'));
    await userEvent.click(dialog.getByRole('button', { name: 'Wyślij do kierownika' }));
    expect(dialog.getByText('Napisz, dlaczego.')).toBeTruthy();
    await userEvent.type(dialog.getByLabelText('Powód'), 'Jedna nazwa kroku');
    await userEvent.type(dialog.getByLabelText('Podstawa prawna'), 'ustalenie ośrodka');
    await userEvent.click(dialog.getByRole('button', { name: 'Wyślij do kierownika' }));
    expect(server.of('POST', '/api/procedures/interview-analysis/migrations')[0]?.body).toEqual({
      from: 1,
      to: 2,
      terms: 'renew',
      mapping: {},
      instances: ['11'],
      reason: 'Jedna nazwa kroku',
      legalBasis: 'ustalenie ośrodka',
    });
    expect(history.at(-1)).toBe('/przeniesienia/5');
  });

  it('says that there are more cases than one plan can hold', async () => {
    startServer({
      'GET /api/procedures/interview-analysis': { body: procedure },
      'POST /api/procedures/interview-analysis/migration/preview': { body: { ...preview, beyond: 3 } },
    });
    show('/procedury/interview-analysis/przeniesienie', admin);
    expect(await screen.findByText(/Poza tą listą są jeszcze 3 sprawy/)).toBeTruthy();
  });

  it('asks again with the step that was pointed out', async () => {
    const server = startServer({
      'GET /api/procedures/interview-analysis': { body: procedure },
      'POST /api/procedures/interview-analysis/migration/preview': { body: preview },
    });
    show('/procedury/interview-analysis/przeniesienie', admin);
    const step = await screen.findByLabelText('Krok „Przeprowadź wywiad” staje się krokiem');
    await userEvent.selectOptions(step, 'Nie ma odpowiednika');
    const asked = server.of('POST', '/api/procedures/interview-analysis/migration/preview');
    expect(asked.at(-1)?.body).toEqual({ from: 1, to: 2, terms: 'keep', mapping: { 'conduct-interview': '' } });
  });
});

describe('the receipt', () => {
  it('leads the head to her task, and its author nowhere', async () => {
    startServer({ 'GET /api/migrations/5': { body: migration } });
    show('/przeniesienia/5', head);
    expect((await screen.findByRole('link', { name: 'Zdecyduj' })).getAttribute('href')).toBe('/zadania/99');
    expect(screen.queryByRole('button', { name: /Cofnij/ })).toBeNull();
  });

  it('says that another version has come since the plan, and what to do', async () => {
    startServer({ 'GET /api/migrations/5': { body: { ...migration, overtaken: 3 } } });
    show('/przeniesienia/5', head);
    expect(await screen.findByText(/weszła w życie wersja 3\. Sprawy nie przejdą już na wersję 2\./)).toBeTruthy();
    expect(screen.getByText(/Kierownik może tylko odmówić/)).toBeTruthy();
  });

  it('tells beside the case why it could not come back', async () => {
    const message = 'Sprawa poszła dalej po przeniesieniu: podjęto zadanie „Wizyta” (24.11.2026, 10:00).';
    const items = (migration.items ?? []).map((one) => ({ ...one, state: 'moved' as const, message }));
    startServer({
      'GET /api/migrations/5': { body: { ...migration, state: 'done', counts: { moved: 1 }, items } },
    });
    show('/przeniesienia/5', head);
    const row = within(await screen.findByRole('row', { name: /OPS\.1/ }));
    expect(row.getByText('Nie cofnięto')).toBeTruthy();
    expect(row.getByText(message)).toBeTruthy();
    expect(row.queryByRole('button', { name: /Cofnij/ })).toBeNull();
  });

  it('takes one case back with a reason', async () => {
    const done: Migration = {
      ...migration,
      state: 'done',
      counts: { migrated: 1 },
      items: (migration.items ?? []).map((one) => ({ ...one, state: 'migrated' as const })),
    };
    const server = startServer({
      'GET /api/migrations/5': { body: done },
      'POST /api/migrations/5/undo': { body: done },
    });
    show('/przeniesienia/5', admin);
    await userEvent.click(await screen.findByRole('button', { name: 'Cofnij sprawę OPS.1' }));
    const dialog = within(screen.getByRole('dialog'));
    await userEvent.type(dialog.getByLabelText('Powód'), 'Pomyłka');
    await userEvent.click(dialog.getByRole('button', { name: 'Cofnij przeniesienie' }));
    expect(server.of('POST', '/api/migrations/5/undo')[0]?.body).toEqual({ instances: ['11'], reason: 'Pomyłka' });
  });
});

it('tells what becomes of a day', () => {
  const words = (more: Partial<PlannedTerm>) => termWords({ ...term, ...more }, '2026-11-24');
  expect(words({ after: term.before })).toBe('30 listopada, bez zmian');
  expect(words({ after: term.before, held: true })).toBe('30 listopada zostaje: termin z ustawy nie może się wydłużyć');
  expect(words({ before: null, after: null })).toBe('Bez terminu');
  expect(words({ before: null })).toBe('26 listopada, dotąd bez terminu');
});
