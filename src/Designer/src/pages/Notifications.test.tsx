// @vitest-environment jsdom
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ToastRegion } from '../components/Overlay';
import { SessionContext } from '../session';
import { anna, centre, me, startServer } from '../test/server';
import Account from './Account';
import Notifications from './Notifications';

const failed = {
  key: '17',
  when: '2026-11-24T08:00:00Z',
  person: anna,
  kind: 'TaskAssigned',
  channel: 'email',
  state: 'failed',
  reason: 'Serwer poczty odmówił: 5.1.1',
  attempts: 3,
  caseNo: 'OPS.4710.7.2026',
  resendable: true,
};
const sent = { ...failed, key: '16', state: 'sent', reason: null, attempts: 1, caseNo: null, resendable: false };
const lead = { ...me, roles: ['team_lead'] };
const admin = { ...me, roles: ['admin'] };

function show(page: React.ReactNode, who = lead) {
  render(
    <SessionContext value={{ me: who, centre, signOut: () => undefined }}>
      {page}
      <ToastRegion />
    </SessionContext>,
  );
}

afterEach(() => {
  vi.unstubAllGlobals();
  history.replaceState(null, '', '/');
});

describe('messages', () => {
  it('show what did not arrive, why, and send it again', async () => {
    const server = startServer({
      'GET /api/notifications': { body: { items: [failed, sent], counts: { failed: 1, sent: 1 }, more: false } },
      'POST /api/notifications/17/resend': { status: 204 },
    });
    const user = userEvent.setup();
    show(<Notifications />);
    const row = await screen.findByRole('row', { name: /5\.1\.1/ });
    expect(within(row).getByText('Nowe zadanie')).toBeTruthy();
    expect(within(row).getByText('3 próby')).toBeTruthy();
    expect(within(row).getByText('OPS.4710.7.2026')).toBeTruthy();
    expect(screen.getAllByRole('button', { name: /^Wyślij ponownie:/ })).toHaveLength(1);
    await user.click(within(row).getByRole('button', { name: 'Wyślij ponownie: Anna Sowa' }));
    await user.click(screen.getByRole('button', { name: 'Wyślij ponownie' }));
    await waitFor(() => expect(server.of('POST', '/api/notifications/17/resend')).toHaveLength(1));
    expect(server.asked.at(-1)?.path).toContain('/api/notifications');
  });

  it('are chosen by state', async () => {
    const server = startServer({
      'GET /api/notifications': { body: { items: [], counts: { bounced: 2 }, more: false } },
    });
    show(<Notifications />);
    await userEvent.click(await screen.findByRole('button', { name: 'zwrócone: 2' }));
    await waitFor(() => expect(server.of('GET', '/api/notifications?state=bounced')).toHaveLength(1));
    expect(await screen.findByText('Nie ma takich powiadomień')).toBeTruthy();
  });

  it('let an administrator, and nobody else, check the mail', async () => {
    const answers = {
      'GET /api/notifications': { body: { items: [], counts: {}, more: false } },
      'POST /api/notifications/test': {
        body: { state: 'planned', address: 'a@b.pl', message: 'Serwer poczty nie przyjmuje połączeń.' },
      },
    };
    startServer(answers);
    show(<Notifications />, admin);
    await userEvent.click(await screen.findByRole('button', { name: 'Sprawdź pocztę' }));
    await userEvent.click(screen.getByRole('button', { name: 'Wyślij do siebie' }));
    expect(await screen.findByText('Serwer poczty nie przyjmuje połączeń.')).toBeTruthy();
  });

  it('of one person stand on her account, with her channels', async () => {
    const server = startServer({
      'GET /api/account/channels': {
        body: {
          userName: me.userName,
          emailEnabled: true,
          emailProblem: 'Adres nie działa.',
          teamsEnabled: true,
          teams: 'notInstalled',
          teamsError: 'Aplikacja nie jest zainstalowana w Teams tej osoby.',
          teamsAt: null,
          toDoEnabled: true,
          toDo: false,
          toDoError: null,
        },
      },
      'GET /api/notifications/mine': { body: { items: [sent] } },
      'PUT /api/account/channels': { status: 204 },
    });
    show(<Account />, me);
    expect(await screen.findByText('Adres nie działa.')).toBeTruthy();
    expect(screen.getByText('Aplikacja nie jest zainstalowana w Teams tej osoby.')).toBeTruthy();
    expect(await screen.findByText('wysłane')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Wyślij ponownie/ })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Włącz kopie w To Do' }));
    await waitFor(() => expect(server.of('PUT', '/api/account/channels')[0]?.body).toEqual({ toDo: true }));
  });
});
