// @vitest-environment jsdom
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Route, Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { SessionContext } from '../session';
import { centre, me, startServer } from '../test/server';
import { procedure, publication } from './fixtures';
import { takeBrought } from './imported';
import List from './List';
import ProductVersionPage from './ProductVersion';
import PublicationPage from './Publication';

const admin = { ...me, userName: 'admin', name: 'Leon Żak', roles: ['admin'] };
const head = { ...me, userName: 'head', name: 'Ewa Kos', roles: ['head'] };

function show(address: string, who: typeof me) {
  const { hook, history } = memoryLocation({ path: address, record: true });
  render(
    <SessionContext value={{ me: who, centre, signOut: () => undefined }}>
      <Router hook={hook}>
        <Route path="/procedury" component={List} />
        <Route path="/publikacje/:id" component={PublicationPage} />
        <Route path="/procedury/:id/wersja-producenta" component={ProductVersionPage} />
      </Router>
    </SessionContext>,
  );
  return history;
}

describe('the list of procedures', () => {
  it('tells where cases run, who changed what and why, and what waits', async () => {
    startServer({
      'GET /api/procedures': { body: { items: [{ ...procedure, waiting: publication }] } },
      'GET /api/publications': { body: { items: [publication] } },
    });
    show('/procedury', admin);
    const row = within(await screen.findByRole('row', { name: /Wywiad i analiza/ }));
    expect(row.getByText('9 spraw na wersji 2')).toBeTruthy();
    expect(row.getByText('3 sprawy na wersji 1')).toBeTruthy();
    expect(row.getByText('Krótszy termin')).toBeTruthy();
    expect(row.getByText(/Leon Żak, pon/)).toBeTruthy();
    expect(row.getByRole('link', { name: 'Czeka na zgodę drugiej osoby' }).getAttribute('href')).toBe('/publikacje/77');
    expect(await screen.findByRole('heading', { name: 'Czekają na zgodę' })).toBeTruthy();
  });

  it('reports what of a foreign file cannot be executed, and stores nothing', async () => {
    const problems = [
      {
        severity: 'error',
        code: 'NOT_EXECUTED',
        file: 'process.bpmn',
        elementId: 'step-9',
        property: null,
        message: 'Zadanie ręczne nie jest wykonywane.',
        tick: '',
      },
    ];
    const server = startServer({
      'GET /api/procedures': { body: { items: [procedure] } },
      'GET /api/publications': { body: { items: [] } },
      'POST /api/procedures/import': { body: { processId: 'interview-analysis', files: {}, problems } },
    });
    show('/procedury', admin);
    await screen.findByRole('row', { name: /Wywiad i analiza/ });
    await userEvent.click(screen.getByRole('button', { name: 'Wczytaj procedurę z pliku' }));
    await userEvent.upload(screen.getByLabelText('Plik'), new File(['<x/>'], 'mine.bpmn'));
    expect(await screen.findByText('Zadanie ręczne nie jest wykonywane.')).toBeTruthy();
    expect(server.asked.filter((one) => one.method === 'PUT')).toEqual([]);
  });

  it('takes a diagram with an id of its own into the procedure that is chosen, and names its elements', async () => {
    const drawn =
      '<definitions><process id="sid-1" name="Wizyta"><task id="sid-2" name="Zadzwoń"/></process></definitions>';
    const problems = [
      {
        severity: 'error',
        code: 'engine',
        file: 'process.bpmn',
        elementId: 'sid-2',
        property: null,
        message: 'Zastąp go.',
        tick: '',
      },
    ];
    startServer({
      'GET /api/procedures': { body: { items: [procedure] } },
      'GET /api/publications': { body: { items: [] } },
      'POST /api/procedures/import': { body: { processId: 'sid-1', files: { 'process.bpmn': drawn }, problems } },
    });
    const history = show('/procedury', admin);
    await screen.findByRole('row', { name: /Wywiad i analiza/ });
    await userEvent.click(screen.getByRole('button', { name: 'Wczytaj procedurę z pliku' }));
    await userEvent.upload(screen.getByLabelText('Plik'), new File(['<x/>'], 'mine.bpmn'));
    expect(await screen.findByText('Zadzwoń')).toBeTruthy();
    expect(screen.getByText('Procedura „Wizyta”')).toBeTruthy();
    await userEvent.selectOptions(screen.getByLabelText('Którą procedurę ma zmienić?'), 'interview-analysis');
    await userEvent.click(screen.getByRole('button', { name: 'Otwórz w wersji roboczej' }));
    expect(history.at(-1)).toBe('/procedury/interview-analysis/edycja');
    const brought = takeBrought('interview-analysis');
    expect(brought?.whole).toBe(false);
    expect(brought?.files['process.bpmn']).toContain('id="interview-analysis"');
  });
});

describe('the page of a publication', () => {
  const answers = { 'GET /api/publications/77': { body: publication } };

  it('lets the second person approve what she reads in words', async () => {
    const server = startServer({
      ...answers,
      'POST /api/publications/77/approval': { body: { ...publication, state: 'released', version: 3 } },
    });
    show('/publikacje/77', head);
    expect(await screen.findByText(/Przypomnienia kroku/)).toBeTruthy();
    expect(screen.getByText('Za mało przypomnień')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Zatwierdź tę zmianę' }));
    expect(server.of('POST', '/api/publications/77/approval')).toHaveLength(1);
  });

  it('asks for words before it returns the change', async () => {
    const server = startServer({
      ...answers,
      'POST /api/publications/77/refusal': { body: { ...publication, state: 'refused', refusal: 'Za rzadko' } },
    });
    show('/publikacje/77', head);
    await userEvent.click(await screen.findByRole('button', { name: 'Zwróć do poprawy' }));
    const dialog = within(screen.getByRole('dialog'));
    await userEvent.click(dialog.getByRole('button', { name: 'Zwróć do poprawy' }));
    expect(dialog.getByText('Napisz, co trzeba poprawić.')).toBeTruthy();
    await userEvent.type(dialog.getByRole('textbox'), 'Za rzadko');
    await userEvent.click(dialog.getByRole('button', { name: 'Zwróć do poprawy' }));
    expect(server.of('POST', '/api/publications/77/refusal')[0]?.body).toEqual({ reason: 'Za rzadko' });
  });

  it('offers its author nothing to press', async () => {
    startServer(answers);
    show('/publikacje/77', admin);
    expect(await screen.findByText(/To Twoja zmiana/)).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('tells the second person what the author accepted as it is', async () => {
    startServer({
      'GET /api/publications/77': {
        body: { ...publication, accepted: ['Próba „Odmowa” kończy się inaczej: trwa sprawa'] },
      },
    });
    show('/publikacje/77', head);
    expect(await screen.findByRole('heading', { name: 'Autor potwierdził, że tak ma być' })).toBeTruthy();
    expect(screen.getByText('Próba „Odmowa” kończy się inaczej: trwa sprawa')).toBeTruthy();
  });
});

describe('the new version of the product', () => {
  const files = { 'process.bpmn': '<bpmn:definitions/>', 'visit.form': '{}' };
  const answers = {
    'GET /api/procedures/interview-analysis': {
      body: { ...procedure, newProductVersion: { hash: 'd', at: '2026-11-20T08:00:00Z' } },
    },
    'GET /api/procedures/interview-analysis/product-version/files': { body: { files } },
    'POST /api/procedures/interview-analysis/compare': {
      body: {
        elements: [],
        lines: [{ file: 'process.bpmn', elementId: 'x', change: 'added', text: 'Nowy krok „Sprawdź adres”' }],
        hash: 'h',
      },
    },
  };
  const address = '/procedury/interview-analysis/wersja-producenta';

  it('is compared with the version in force and taken over as a draft, whole', async () => {
    const server = startServer(answers);
    const history = show(address, admin);
    expect(await screen.findByText('Nowy krok „Sprawdź adres”')).toBeTruthy();
    expect(server.of('POST', '/api/procedures/interview-analysis/compare')[0]?.body).toEqual({ files });
    await userEvent.click(screen.getByRole('button', { name: 'Przejmij jako szkic' }));
    expect(history.at(-1)).toBe('/procedury/interview-analysis/edycja');
    expect(takeBrought('interview-analysis')).toMatchObject({ files, whole: true });
  });

  it('is read by the head, who drafts nothing', async () => {
    startServer(answers);
    show(address, head);
    expect(await screen.findByText('Nowy krok „Sprawdź adres”')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Przejmij jako szkic' })).toBeNull();
  });
});
