// @vitest-environment jsdom
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ToastRegion } from '../components/Overlay';
import { SessionContext } from '../session';
import { anna, centre, me, startServer } from '../test/server';
import AdminTemplates from './AdminTemplates';

const text = {
  subject: '',
  heading: 'Termin minął',
  body: 'Zadanie „{stepName}” czeka.',
  linkText: 'Otwórz „{stepName}”',
  preview: 'Po terminie: {stepName}',
};
const template = {
  name: 'Overdue',
  text,
  shipped: text,
  fields: ['heading', 'body', 'linkText', 'preview'],
  variables: ['caseNo', 'stepName'],
  changedBy: anna,
  changedAt: '2026-11-20T08:00:00Z',
};
const list = { 'GET /api/admin/templates': { body: { items: [template] } } };

function show() {
  render(
    <SessionContext value={{ me: { ...me, roles: ['admin'] }, centre, signOut: () => undefined }}>
      <AdminTemplates />
      <ToastRegion />
    </SessionContext>,
  );
}

afterEach(() => {
  vi.unstubAllGlobals();
  history.replaceState(null, '', '/');
});

describe('templates', () => {
  it('are seen before they are kept', async () => {
    const server = startServer({
      ...list,
      'POST /api/admin/templates/Overdue/preview': {
        body: { subject: 'Sprawa 1: zadanie', html: '<p>Zadanie czeka.</p>', text: 'Zadanie czeka.', preview: 'Po' },
      },
      'PUT /api/admin/templates/Overdue': { status: 204 },
    });
    show();
    await userEvent.type(await screen.findByRole('textbox', { name: 'Nagłówek' }), '.');
    await userEvent.click(screen.getByRole('button', { name: 'Podgląd' }));
    expect(await screen.findByText('Sprawa 1: zadanie')).toBeTruthy();
    expect(screen.getByTitle('Tak będzie wyglądać').getAttribute('sandbox')).toBe('');
    await userEvent.click(screen.getByRole('button', { name: 'Zapisz szablon' }));
    await waitFor(() => expect(server.of('PUT', '/api/admin/templates/Overdue')).toHaveLength(1));
    expect(server.of('PUT', '/api/admin/templates/Overdue')[0]?.body).toEqual({
      ...text,
      heading: 'Termin minął.',
    });
  });

  it('show at the field what the server refuses', async () => {
    startServer({
      ...list,
      'PUT /api/admin/templates/Overdue': {
        status: 400,
        body: {
          title: 'INVALID_ARGUMENT',
          detail: 'Popraw wskazane pola i wyślij ponownie.',
          errors: { body: ['Wiersz 1, znak 1: słowo „przemoc” mogłoby zdradzić, czego dotyczy sprawa.'] },
        },
      },
    });
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Zapisz szablon' }));
    expect(await screen.findByText(/Wiersz 1, znak 1/)).toBeTruthy();
    expect(screen.getByRole('textbox', { name: 'Treść' }).getAttribute('aria-invalid')).toBe('true');
  });

  it('go back to the words of the product', async () => {
    const server = startServer({ ...list, 'DELETE /api/admin/templates/Overdue': { status: 204 } });
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Przywróć pierwotny' }));
    await userEvent.click(screen.getByRole('button', { name: 'Przywróć' }));
    await waitFor(() => expect(server.of('DELETE', '/api/admin/templates/Overdue')).toHaveLength(1));
  });
});
