// @vitest-environment jsdom
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from './App';
import { centre, listOf, me, startServer, stubEvents } from './test/server';

const admin = { ...me, userName: 'admin', name: 'Leon Żak, administrator', roles: ['admin'] };

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));
  vi.stubGlobal('scrollTo', () => undefined);
  history.replaceState(null, '', '/');
  stubEvents();
});
afterEach(() => vi.unstubAllGlobals());

describe('where a person begins', () => {
  it('is the list of accounts for who is an administrator only, without tasks, cases and search', async () => {
    const server = startServer({
      'GET /api/centre': { body: centre },
      'GET /api/session': { body: admin },
      'GET /api/accounts': { body: { items: [] } },
    });
    render(<App />);
    expect(await screen.findByRole('heading', { level: 1, name: 'Konta' })).toBeTruthy();
    const links = screen.getAllByRole('link').map((link) => link.textContent);
    expect(links).toContain('Dziennik');
    for (const hidden of ['Dziś', 'Sprawy', 'Zespół', 'Znajdź sprawę']) expect(links).not.toContain(hidden);
    expect(server.of('GET', '/api/tasks')).toHaveLength(0);
  });
});

describe('a one-time code', () => {
  it('sets a password typed twice, and only then asks the server', async () => {
    const server = startServer({
      'GET /api/centre': { body: centre },
      'GET /api/session': { status: 401 },
      'POST /api/session/code': { body: me },
      'GET /api/tasks': { body: listOf() },
    });
    render(<App />);
    await userEvent.click(await screen.findByRole('button', { name: 'Mam kod jednorazowy' }));
    await userEvent.type(screen.getByLabelText('Nazwa użytkownika'), 'anna.sowa');
    await userEvent.type(screen.getByLabelText('Kod jednorazowy'), '7kqf 2xwm 9bhd e4tn');
    await userEvent.type(screen.getByLabelText('Nowe hasło'), 'trzy rude koty na płocie');
    await userEvent.type(screen.getByLabelText('Nowe hasło jeszcze raz'), 'trzy rude koty na plocie');
    await userEvent.click(screen.getByRole('button', { name: 'Ustaw hasło i zaloguj się' }));
    expect(screen.getByText(/^Oba nowe hasła mają być takie same/)).toBeTruthy();
    expect(server.of('POST', '/api/session')).toHaveLength(0);
    await userEvent.clear(screen.getByLabelText('Nowe hasło jeszcze raz'));
    await userEvent.type(screen.getByLabelText('Nowe hasło jeszcze raz'), 'trzy rude koty na płocie');
    await userEvent.click(screen.getByRole('button', { name: 'Ustaw hasło i zaloguj się' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Dziś' })).toBeTruthy();
    expect(server.of('POST', '/api/session/code')[0]?.body).toEqual({
      userName: 'anna.sowa',
      code: '7kqf 2xwm 9bhd e4tn',
      password: 'trzy rude koty na płocie',
    });
  });
});
