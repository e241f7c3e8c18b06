// @vitest-environment jsdom
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deadline, TaskItem } from '../api';
import { ToastRegion } from '../components/Overlay';
import { SessionContext } from '../session';
import { anna, centre, listOf, me, startServer, stubEvents, taskItem } from '../test/server';
import { Today } from './Today';

type Due = Pick<TaskItem, 'dueDate' | 'deadline' | 'termKind'>;

const due = (dueOn: string, more: Partial<Deadline> = {}): Due => ({
  dueDate: `${dueOn}T22:59:59Z`,
  termKind: more.kind ?? 'STAT',
  deadline: {
    dueOn,
    kind: 'STAT',
    basis: null,
    explanation: '',
    from: null,
    amount: null,
    unit: null,
    skipped: [],
    ...more,
  },
});
const derived = due('2026-11-24', {
  from: '2026-11-09',
  amount: 10,
  unit: 'working-days',
  explanation: '10 dni roboczych od 9 listopada 2026.',
  basis: 'RWŚ § 3 ust. 2',
  skipped: [
    { date: '2026-11-11', why: 'Święto Niepodległości' },
    { date: '2026-11-14', why: 'sobota' },
    { date: '2026-11-15', why: 'niedziela' },
    { date: '2026-11-21', why: 'sobota' },
    { date: '2026-11-22', why: 'niedziela' },
  ],
});

const mine = listOf(
  taskItem('1', 'Spóźnione', due('2026-11-20')),
  taskItem('2', 'Dzisiejsze', { ...derived, state: 'started', startedBy: anna, startedAt: '2026-11-17T08:00:00Z' }),
  taskItem('3', 'Jutrzejsze', due('2026-11-25', { kind: 'HOUSE' })),
);
const queue = listOf(taskItem('9', 'Umów wizytę', due('2026-11-27')));

let events: { tell: () => void };
beforeEach(() => (events = stubEvents()));
afterEach(() => vi.unstubAllGlobals());

function start(more: Parameters<typeof startServer>[0] = {}) {
  return startServer({
    'GET /api/tasks': ({ path }) => ({
      body: path.includes('view=queue') ? queue : path.includes('view=done') ? listOf() : mine,
    }),
    'GET /api/procedures/startable': { body: [{ processId: 'family-support', name: 'Wsparcie', opensCase: true }] },
    ...more,
  });
}

function show(address = '/') {
  history.replaceState(null, '', address);
  return render(
    <SessionContext value={{ me, centre, signOut: () => undefined }}>
      <Today />
      <ToastRegion />
    </SessionContext>,
  );
}

const group = async (name: string) =>
  (await screen.findByRole('heading', { name, level: 2 })).closest('section') as HTMLElement;

describe('Dziś', () => {
  it('groups by urgency, with the words, the day and the kind of the term', async () => {
    start();
    show();
    expect((await group('Po terminie')).textContent).toContain('4 dni po terminiept. 20 listopadaustawowy');
    expect((await group('Dziś')).textContent).toContain('W trakcieAnna Sowa, od 17 listopada');
    expect((await group('Najbliższe dni')).textContent).toContain('jutrośr. 25 listopadawewnętrzny');
  });

  it('derives a term on demand: every day counted, skipped ones named, and the same in words', async () => {
    start();
    show();
    const why = within(await group('Dziś'));
    const days = within(why.getByRole('list', { name: 'Dni od 9 listopada do 24 listopada', hidden: true }));
    const cells = days.getAllByRole('listitem', { hidden: true });
    expect(cells).toHaveLength(16);
    expect(cells[0]?.textContent).toBe('pn9start');
    expect(cells[2]?.textContent).toBe('śr11św.');
    expect(cells[15]?.textContent).toBe('wt2410');
    why.getByText('10 dni roboczych od 9 listopada 2026.');
    why.getByText('RWŚ § 3 ust. 2');
  });

  it('keeps filters in the address and a searched word out of it', async () => {
    const server = start({ 'POST /api/tasks/search': { body: listOf() } });
    show('/?due=overdue&sort=priority');
    await screen.findByRole('button', { name: 'Termin: po terminie' });
    await waitFor(() =>
      expect(server.of('GET', '/api/tasks?view=mine')[0]?.path).toContain('due=overdue&sort=priority'),
    );
    await userEvent.type(screen.getByRole('searchbox'), 'Kowalska');
    await waitFor(() => expect(server.asked.at(-1)?.body).toMatchObject({ q: 'Kowalska', due: 'overdue' }));
    expect(server.asked.every((one) => !one.path.includes('Kowalska'))).toBe(true);
    expect(location.search).toBe('?due=overdue&sort=priority');
    await userEvent.click(screen.getByRole('button', { name: 'Kolejka 0' }));
    expect(location.search).toContain('view=queue');
  });

  it('takes a task from the queue and can give it back', async () => {
    const server = start({ 'POST /api/tasks/9/claim': { status: 204 }, 'DELETE /api/tasks/9/claim': { status: 204 } });
    show();
    await userEvent.click(await screen.findByRole('button', { name: /^Biorę/ }));
    const toast = (await screen.findByText('Zadanie „Umów wizytę” jest Twoje.')).closest('.toast') as HTMLElement;
    await userEvent.click(within(toast).getByRole('button', { name: 'Oddaj' }));
    await screen.findByText('Zadanie „Umów wizytę” wróciło do kolejki.');
    expect(server.of('DELETE', '/api/tasks/9/claim')).toHaveLength(1);
  });

  it('says who was first when a task is already taken', async () => {
    start({
      'POST /api/tasks/9/claim': { status: 409, body: { title: 'INVALID_STATE', detail: '', claimedBy: anna } },
    });
    show();
    await userEvent.click(await screen.findByRole('button', { name: /^Biorę/ }));
    await screen.findByText('To zadanie ma już Anna Sowa. Wybierz inne z kolejki.');
  });

  it('loads anew when somebody changed something, and says it politely', async () => {
    const server = start();
    show();
    await group('Dziś');
    server.answers['GET /api/tasks'] = { body: listOf(taskItem('3', 'Jutrzejsze', due('2026-11-25'))) };
    act(() => events.tell());
    await screen.findByText('Lista zadań się zmieniła.');
    expect(screen.queryByText('Spóźnione')).toBeNull();
  });

  it('keeps the list it has when the connection is lost', async () => {
    const server = start();
    show();
    await group('Dziś');
    server.answers['GET /api/tasks'] = 'offline';
    act(() => events.tell());
    await screen.findByText(/Nie ma połączenia. Widzisz listę z/);
    screen.getByText('Spóźnione');
  });

  it('without a first answer says what to do', async () => {
    start({ 'GET /api/tasks': 'offline' });
    show();
    await screen.findByText(/Nie ma połączenia. Sprawdź sieć/);
    screen.getByRole('button', { name: 'Wczytaj jeszcze raz' });
  });

  it('empty says what will stand here', async () => {
    start({ 'GET /api/tasks': { body: listOf() } });
    show();
    await screen.findByText('Nic nie czeka');
  });

  it('opens a case once, and goes to its first task', async () => {
    const body = { caseNo: '5211.17.2026', instanceKey: '1', taskKey: '55' };
    const server = start({ 'POST /api/cases': { body } });
    show();
    const button = await screen.findByRole('button', { name: 'Przyjmij zgłoszenie' });
    fireEvent.click(button);
    fireEvent.click(button);
    await waitFor(() => expect(location.pathname).toBe('/zadania/55'));
    expect(server.of('POST', '/api/cases')).toHaveLength(1);
  });
});
