// @vitest-environment jsdom
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Route } from 'wouter';
import type { CasePage } from '../api';
import { SessionContext } from '../session';
import { centre, me, startServer } from '../test/server';
import Case from './Case';
import Cases from './Cases';

const page: CasePage = {
  brief: {
    caseNo: '5211.9.2026',
    label: 'rodzina K., Zarzecze',
    openedAt: '2026-11-03T08:00:00Z',
    status: 'open',
    restricted: true,
    family: { adults: 2, children: 3 },
    socialWorker: null,
    assistant: null,
    consent: null,
    source: null,
    opens: true,
  },
  relation: 'supervisor',
  stages: [],
  now: [],
  terms: [],
  team: [],
  documents: [],
  attachments: [],
  links: [],
  erasure: null,
  purposeNeeded: true,
  openUntil: null,
  may: {
    intervene: true,
    addEntry: true,
    reassign: false,
    restrict: false,
    link: false,
    readLog: false,
    editFamily: false,
  },
};

beforeEach(() => vi.stubGlobal('matchMedia', () => ({ matches: false })));
afterEach(() => vi.unstubAllGlobals());

function open(path: string) {
  history.replaceState(null, '', path);
  render(
    <SessionContext value={{ me, centre, signOut: () => undefined }}>
      <Route path="/sprawy" component={Cases} />
      <Route path="/sprawy/:caseNo/:part?" component={Case} />
    </SessionContext>,
  );
}

describe('a restricted case', () => {
  it('opens for a supervisor only with a purpose, which goes with every look', async () => {
    const server = startServer({
      'GET /api/cases/5211.9.2026': ({ headers }) =>
        headers.get('X-Purpose') === null
          ? { status: 428, body: { title: 'PURPOSE_REQUIRED', detail: '' } }
          : { body: page },
      'GET /api/cases/5211.9.2026/timeline': { body: { items: [], more: false } },
    });
    open('/sprawy/5211.9.2026');
    await userEvent.click(await screen.findByRole('button', { name: 'Otwórz sprawę' }));
    expect(screen.getByText('Napisz, w jakim celu otwierasz sprawę.')).toBeTruthy();
    expect(server.asked).toHaveLength(1);
    await userEvent.type(screen.getByRole('textbox'), 'nadzór');
    await userEvent.click(screen.getByRole('button', { name: 'Otwórz sprawę' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Rodzina K., Zarzecze' })).toBeTruthy();
    await screen.findByText('Nic się jeszcze nie wydarzyło');
    expect(server.of('GET', '/api/cases/5211.9.2026/timeline')[0]?.headers.get('X-Purpose')).toBe('nadz%C3%B3r');
    expect(document.title).toBe('Sprawa – WorkflowHost');
  });
});

describe('erasing a closed case', () => {
  const erasable: CasePage = {
    ...page,
    erasure: { from: '2026-01-01', asked: null, mayAsk: true, mayConfirm: false },
  };

  it('is asked for with the protocol and a reason, and says that it cannot be undone', async () => {
    const server = startServer({
      'GET /api/cases/5211.1.2014': { body: erasable },
      'GET /api/cases/5211.1.2014/timeline': { body: { items: [], more: false } },
      'POST /api/cases/5211.1.2014/erasure': { status: 204 },
    });
    open('/sprawy/5211.1.2014');
    await userEvent.click(await screen.findByRole('button', { name: 'Poproś o usunięcie danych' }));
    const dialog = within(screen.getByRole('dialog'));
    expect(dialog.getByText('Tego nie da się cofnąć.')).toBeTruthy();
    await userEvent.click(dialog.getByRole('button', { name: 'Poproś o usunięcie danych' }));
    expect(dialog.getByText('Wpisz numer protokołu brakowania.')).toBeTruthy();
    expect(server.of('POST', '/api/cases')).toHaveLength(0);
    await userEvent.type(dialog.getByLabelText('Numer protokołu brakowania'), 'AK.1.2026');
    await userEvent.type(dialog.getByLabelText('Powód'), 'kategoria B10');
    await userEvent.click(dialog.getByRole('button', { name: 'Poproś o usunięcie danych' }));
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(server.of('POST', '/api/cases/5211.1.2014/erasure')[0]?.body).toEqual({
      protocolNo: 'AK.1.2026',
      reason: 'kategoria B10',
    });
  });

  it('leaves a page with a sentence and no way into the case', async () => {
    const detail = 'Dane sprawy 5211.1.2014 usunięto po okresie przechowywania. Został tylko jej numer.';
    startServer({ 'GET /api/cases/5211.1.2014': { status: 410, body: { title: 'GONE', detail } } });
    open('/sprawy/5211.1.2014');
    expect(await screen.findByRole('heading', { level: 1, name: 'Dane usunięte' })).toBeTruthy();
    expect(screen.getByText(detail)).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });
});

describe('a late entry', () => {
  it('keeps what was typed when the connection is lost, and sends it again as the same intention', async () => {
    const kept = 'Matka zadzwoniła, dziecko jest zdrowe.';
    const server = startServer({
      'GET /api/cases/5211.1.2026': { body: page },
      'GET /api/cases/5211.1.2026/timeline': { body: { items: [], more: false } },
      'POST /api/cases/5211.1.2026/entries': 'offline',
    });
    open('/sprawy/5211.1.2026');
    await userEvent.click(await screen.findByRole('button', { name: 'Dodaj wpis' }));
    const dialog = within(screen.getByRole('dialog'));
    await userEvent.type(dialog.getByLabelText('Co się stało'), kept);
    await userEvent.click(dialog.getByRole('button', { name: 'Dodaj wpis' }));
    await dialog.findByText(/Nie ma połączenia/);
    server.answers['POST /api/cases/5211.1.2026/entries'] = { body: {} };
    await userEvent.click(dialog.getByRole('button', { name: 'Dodaj wpis' }));
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    const [first, second] = server.of('POST', '/api/cases/5211.1.2026/entries');
    expect(first?.key).toBe(second?.key);
    expect(second?.body).toEqual({ occurredOn: '2026-11-24', kind: 'visit', text: kept });
  });
});

describe('the list of cases', () => {
  it('sends a searched surname in the body and leaves no trace of it in the address', async () => {
    const none = { body: { items: [], total: 0, page: 1, pageSize: 50 } };
    const server = startServer({ 'GET /api/cases': none, 'POST /api/cases/search': none });
    open('/sprawy');
    await userEvent.type(await screen.findByLabelText('Numer sprawy, nazwisko albo PESEL'), 'Kowalska');
    await userEvent.click(screen.getByRole('button', { name: 'Znajdź' }));
    await userEvent.click(screen.getByRole('button', { name: 'Zamknięte' }));
    await screen.findByText('Nie ma takiej sprawy wśród Twoich');
    expect(server.of('POST', '/api/cases/search').at(-1)?.body).toMatchObject({ q: 'Kowalska', status: 'closed' });
    expect(location.href).toContain('status=closed');
    expect(server.asked.map(({ path }) => path).join() + location.href).not.toContain('Kowalska');
  });
});
