// @vitest-environment jsdom
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { SessionContext } from '../session';
import { centre, me, startServer } from '../test/server';
import type { Backtest } from './api';
import { BacktestOf, BacktestResult } from './Backtest';

const admin = { ...me, userName: 'admin', name: 'Leon Żak', roles: ['admin'] };
const head = { ...me, userName: 'head', name: 'Ewa Kos', roles: ['head'] };

const none: Backtest = {
  cases: 0,
  same: 0,
  otherPath: 0,
  approvalsLost: 0,
  laterTerms: 0,
  earlierTerms: 0,
  statutoryLater: 0,
  unfinished: 0,
  leftOut: 0,
  erased: 0,
  moved: 0,
  failed: 0,
  items: [],
  elapsedMs: 3,
};
const found: Backtest = {
  ...none,
  cases: 14,
  same: 12,
  otherPath: 1,
  approvalsLost: 1,
  laterTerms: 1,
  statutoryLater: 1,
  leftOut: 30,
  items: [
    {
      caseNo: 'OPS.4710.7.2026',
      instanceKey: '41',
      version: 2,
      outcome: ['otherPath', 'approvalsLost'],
      first: { elementId: 'assign', name: 'Przydziel' },
      lines: ['Nie byłoby kroku „Zatwierdź plan” (kierownik ośrodka), czyli zatwierdzenia.'],
    },
    {
      caseNo: null,
      instanceKey: '42',
      version: null,
      outcome: ['laterTerms', 'statutoryLater'],
      first: null,
      lines: ['Krok „Wywiad”: termin ustawowy 19.01.2026 zamiast 12.01.2026, później o 7 dni.'],
    },
    { caseNo: 'OPS.4710.8.2026', instanceKey: '43', version: 2, outcome: ['same'], first: null, lines: [] },
  ],
};

function show(what: React.ReactNode, who: typeof me = head) {
  const { hook } = memoryLocation({ path: '/' });
  render(
    <SessionContext value={{ me: who, centre, signOut: () => undefined }}>
      <Router hook={hook}>{what}</Router>
    </SessionContext>,
  );
}

describe('the line about closed cases', () => {
  it('tells how many would go otherwise, and names them with what differs', async () => {
    show(<BacktestResult result={found} />);
    expect(screen.getByText(/12 przebiegłoby tak samo, 2 inaczej\./)).toBeTruthy();
    expect(screen.getByText('W 1 sprawie termin z ustawy byłby dłuższy.')).toBeTruthy();
    expect(screen.getByText(/Starszych, nie sprawdzonych: 30\./)).toBeTruthy();
    await userEvent.click(screen.getByText('Pokaż 2 sprawy, które przebiegłyby inaczej'));
    const cases = within(screen.getByRole('list')).getAllByRole('listitem');
    expect(cases).toHaveLength(2);
    expect(screen.getByText(/Nie byłoby kroku „Zatwierdź plan”/)).toBeTruthy();
    const link = screen.getByRole('link', { name: 'OPS.4710.7.2026' });
    expect(link.getAttribute('href')).toBe('/sprawy/OPS.4710.7.2026');
  });

  it('links no case for who only administers procedures', () => {
    show(<BacktestResult result={found} />, admin);
    expect(screen.getByText('OPS.4710.7.2026')).toBeTruthy();
    expect(screen.queryByRole('link')).toBeNull();
  });

  it('says so when nothing would differ, and when there is nothing to compare with', () => {
    show(
      <>
        <BacktestResult result={{ ...none, cases: 3, same: 3 }} />
        <BacktestResult result={none} />
      </>,
    );
    expect(screen.getByText(/wszystkie 3 przebiegłyby tak samo/)).toBeTruthy();
    expect(screen.getByText(/nie ma jeszcze żadnej do porównania/)).toBeTruthy();
    expect(screen.queryByRole('list')).toBeNull();
  });

  it('asks with the files on the screen, and a refusal is a sentence', async () => {
    const server = startServer({
      'POST /api/procedures/p/backtest': { status: 409, body: { detail: 'Diagramu nie da się odczytać.' } },
    });
    show(<BacktestOf id="p" files={{ 'process.bpmn': '<x/>' }} hash="a" />);
    expect(screen.getByText(/Sprawdzamy, jak przebiegłyby/)).toBeTruthy();
    expect(await screen.findByText(/Nie wiadomo, jak przebiegłyby.*Diagramu nie da się odczytać/)).toBeTruthy();
    expect(server.of('POST', '/api/procedures/p/backtest')[0]?.body).toEqual({ files: { 'process.bpmn': '<x/>' } });
  });
});
