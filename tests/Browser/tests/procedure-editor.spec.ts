/** The editor of procedures beyond the drawing: forms and tables in Polish, what the law holds, archives, and bad input. */
import AxeBuilder from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { ownCentre } from '../support/ownCentre';
import { expect, expectAccessible, expectNoSideScroll, press, tabTo, test, title } from '../support/test';

ownCentre('procedure-editor-host.log');

const EDITOR = '/procedury/interview-analysis/edycja';

const step = (page: Page, id: string) => page.locator(`[data-element-id="${id}"]`).first();

/** The first editor of a browser brings its drawing along: a busy machine takes its time. */
async function openEditor(page: Page, address = EDITOR): Promise<void> {
  await page.goto(address);
  await expect(page.getByRole('tab', { name: 'Diagram' })).toBeVisible();
  await expect(page.locator('.djs-container [data-element-id]').first()).toBeVisible({ timeout: 40_000 });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`Forms and tables are edited in Polish and are accessible, ${colorScheme}`, async ({ people }) => {
    test.setTimeout(test.info().timeout * 4);
    const page = await people.open('admin', { colorScheme });
    await openEditor(page);
    await page.getByRole('tab', { name: 'Formularze' }).click();
    const palette = page.locator('.fjs-palette-container');
    await expect(palette).toContainText('Krótki tekst');
    const panel = page.locator('.fjs-properties-container');
    await expect(panel).toContainText('Znacznik wersji');
    await page
      .locator('.fjs-form-container .fjs-editor-selection-placeholder, .fjs-children .fjs-element')
      .nth(1)
      .click();
    await expect(panel).toContainText('Ogólne');
    await people.shot(page, `editor-forms-${colorScheme}`);
    const said = await page.locator('.fjs-palette-container, .fjs-properties-container').allInnerTexts();
    expect(said.join('\n')).not.toMatch(/\b(Field|Required|Validation|Search|Label|Custom|Value|General|the|with)\b/);
    for (const part of await panel.locator('.bio-properties-panel-group-header').all()) await part.click();
    await expectAccessible(page, `forms, ${colorScheme}`);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().withRules(['target-size']).analyze();
    expect(violations.flatMap((one) => one.nodes.map((node) => node.html))).toEqual([]);
    await page.getByRole('tab', { name: 'Tabele decyzji' }).click();
    await expect(page.locator('.dmn-decision-table-container')).toContainText('Które wiersze obowiązują');
    await people.shot(page, `editor-tables-${colorScheme}`);
    await expectAccessible(page, `tables, ${colorScheme}`);
    await page.locator('.dmn-decision-table-container td.input-cell').first().click();
    await expectAccessible(page, `a cell, ${colorScheme}`);
  });
}

// What each function does and of what an expression is complained stands in feelWords.test.ts.
test('An expression is offered only functions of the engine, and the form takes the change', async ({ people }) => {
  test.setTimeout(test.info().timeout * 2);
  const page = await people.open('admin', { colorScheme: 'dark' });
  await openEditor(page);
  await page.getByRole('tab', { name: 'Formularze' }).click();
  const panel = page.locator('.fjs-properties-container');
  await page.locator('.fjs-children .fjs-element').nth(1).click();
  await panel.locator('.bio-properties-panel-group-header', { hasText: 'Warunek' }).click();
  const field = panel.locator('.bio-properties-panel-entry', { hasText: 'Ukryte, gdy' }).locator('.cm-content');
  await field.click();
  await page.keyboard.type('string le');
  const offered = page.getByRole('listbox', { name: 'Podpowiedzi' });
  await expect(async () => {
    // The panel may be drawn anew when the form has changed, and what hung at the field is closed.
    if (!(await offered.isVisible())) await field.press('Control+Space');
    await expect(offered).toContainText('string length(string)', { timeout: 2_000 });
  }).toPass({ timeout: 40_000 });
  await page.screenshot({ path: 'artefacts/screens/editor-feel-dark.png' });
  await expectAccessible(page, 'what an expression may say');
  // The law holds a field of a group in this form, and the change is not taken back for it.
  await expect(page.getByText(/^Zapisano \d+:\d\d$/)).toBeVisible();
  await expect(page.getByText(/Zostało przywrócone/)).toHaveCount(0);
  const headers = { 'X-Requested-With': 'WorkflowHost' };
  expect((await page.request.delete('/api/procedures/interview-analysis/draft', { headers })).status()).toBe(204);
});

test('With the keyboard alone at 360 px: a step is added, named, given a term and a form, connected and deleted', async ({
  people,
}) => {
  test.setTimeout(test.info().timeout * 4);
  const ID = 'half-year-assessment';
  const NAME = 'Zadzwoń do szkoły';
  const page = await people.open('admin', { device: 'phone' });
  await openEditor(page, `/procedury/${ID}/edycja`);
  const diagram = async () => {
    const answer = await page.request.get(`/api/procedures/${ID}/draft`);
    return ((await answer.json()) as { files: Record<string, string> }).files['process.bpmn'] ?? '';
  };
  const { keyboard } = page;
  const field = (name: string) => page.getByRole('region', { name: NAME }).getByLabel(name, { exact: true });
  /** A native list takes the first letters of what is wanted. */
  const choose = async (list: Locator, option: string, back = false) => {
    await tabTo(page, list, back);
    await keyboard.type(option);
    await expect(list.locator('option:checked')).toHaveText(new RegExp(`^${option}`));
  };
  await tabTo(page, page.getByRole('tab', { name: 'Diagram' }));
  await keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Tabela kroków' })).toBeFocused();
  const table = page.getByRole('table');
  const first = table.getByRole('rowheader').getByRole('button').first();
  const before = await diagram();

  await tabTo(page, first);
  await keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: /^Co zrobić z: / }));
  await keyboard.press('Enter');
  await expect(page.locator('#outline-acts')).toBeFocused();
  await choose(page.getByRole('combobox', { name: 'Dodaj krok po tym' }), 'Zadanie');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(table.getByRole('button', { name: /^Właściwości: / })).toBeVisible();

  await tabTo(page, table.getByRole('button', { name: /^Właściwości: / }));
  await keyboard.press('Enter');
  await expect(page.locator('#props-title')).toBeFocused();
  await tabTo(page, page.locator('#properties').getByLabel('Nazwa', { exact: true }));
  await keyboard.type(NAME);
  await keyboard.press('Tab');
  await expect(table.getByRole('button', { name: NAME, exact: true })).toBeVisible();
  await choose(field('Ile jest na to czasu?'), 'dni');
  await tabTo(page, field('Ile'));
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('5');
  await choose(field('Czego'), 'dni roboczych');
  await choose(field('Jaki formularz?'), 'Okresowa ocena');
  await expectNoSideScroll(page);
  await people.shot(page, 'keyboard-outline-phone');
  await expectAccessible(page, 'table of steps on a phone');

  await tabTo(page, table.getByRole('button', { name: `Co zrobić z: ${NAME}` }), true);
  await keyboard.press('Enter');
  const own = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: NAME }) });
  const ways = own.getByRole('button', { name: /^Przejście: / });
  await expect(ways).toHaveCount(0);
  await tabTo(page, page.getByRole('combobox', { name: 'Połącz z krokiem' }));
  await keyboard.press('ArrowDown');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(ways).toHaveCount(1);
  await expect.poll(diagram).toMatch(new RegExp(`name="${NAME}"[^]*?5, &quot;working-days&quot;`));
  expect(await diagram()).toMatch(new RegExp(`name="${NAME}"[^]*?formDefinition formId="[^"]+"`));

  await tabTo(page, table.getByRole('button', { name: NAME, exact: true }), true);
  await keyboard.press('Enter');
  await tabTo(page, table.getByRole('button', { name: `Co zrobić z: ${NAME}` }));
  await keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Usuń', exact: true }));
  await keyboard.press('Enter');
  await expect(table.getByRole('button', { name: NAME, exact: true })).toHaveCount(0);
  await expect(page.locator('#outline-acts')).toBeFocused();
  await expect.poll(diagram).not.toContain(NAME);
  expect((await diagram()).match(/<bpmn:userTask /g)).toHaveLength(before.match(/<bpmn:userTask /g)?.length ?? 0);
});

test('A step that the law asks for is not deleted by accident', async ({ people }) => {
  const page = await people.open('admin');
  await openEditor(page);
  await step(page, 'conduct-interview').click();
  await page.keyboard.press('Delete');
  const told = page.getByRole('alert');
  await expect(told).toContainText('Nie usunięto: „Przeprowadź wywiad”');
  await expect(told).toContainText(/art\. \d+/);
  await people.shot(page, 'editor-held');
  await expectAccessible(page, 'what the law holds');
  await press(told, 'Zostaw');
  await expect(told).toHaveCount(0);
  await expect(step(page, 'conduct-interview')).toBeVisible();
});

test('A trial goes to the next term by itself, and the archive of version and draft is downloaded', async ({
  people,
}) => {
  test.setTimeout(test.info().timeout * 4);
  const page = await people.open('admin');
  await page.goto('/procedury/monitoring');
  const [archive] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Pobierz archiwum' }).click(),
  ]);
  expect(archive.suggestedFilename()).toBe('monitoring.zip');
  expect(
    readFileSync(await archive.path())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');
  await openEditor(page, '/procedury/monitoring/edycja');
  const [draft] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Pobierz szkic' }).click(),
  ]);
  expect(draft.suggestedFilename()).toBe('monitoring-szkic.zip');
  await page.getByRole('tab', { name: 'Wypróbuj' }).click();
  await page.getByRole('button', { name: 'Zacznij', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Co zdarzy się samo' })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Przewiń do tego terminu' }).first().click();
  await expect(page.getByText('upłynął czas').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('początek, system').first()).toBeVisible();
  await people.shot(page, 'editor-trial-timer');
});

const hostile = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from(
  { length: 9 },
  (_, n) => `<!ENTITY b${n} "${n === 0 ? '&a;' : `&b${n - 1};`.repeat(10)}">`,
).join(
  '',
)}]><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" name="&b8;"/></definitions>`;

test('Bad files are refused in words: too large, hostile, no diagram', async ({ people }) => {
  const page = await people.open('admin');
  await page.goto('/procedury');
  await press(page, 'Wczytaj procedurę z pliku');
  const dialog = page.getByRole('dialog');
  const bring = async (name: string, text: string) => {
    await dialog.getByLabel('Plik').setInputFiles({ name, mimeType: 'application/xml', buffer: Buffer.from(text) });
  };
  const large = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><!--${'x'.repeat(2_200_000)}--></definitions>`;
  await bring('large.bpmn', large);
  await expect(dialog.getByRole('alert')).toContainText(/MB/);
  await people.shot(page, 'import-too-large');
  await bring('hostile.bpmn', hostile);
  await expect(dialog.getByText(/DTD|definicj/).first()).toBeVisible();
  await bring('none.bpmn', 'to nie jest diagram');
  await expect(dialog.getByText(/nie da się odczytać|nie jest/i).first()).toBeVisible();
  await people.shot(page, 'import-no-diagram');
  await expect(dialog.getByRole('button', { name: 'Otwórz w wersji roboczej' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
});

test('A change made without a connection stays on the page and is saved later', async ({ people }) => {
  test.setTimeout(test.info().timeout * 2);
  people.mayLoseConnection();
  const page = await people.open('admin');
  await openEditor(page);
  await step(page, 'conduct-interview').click();
  await page.context().setOffline(true);
  await page.getByLabel('Kiedy przypomnieć?').selectOption('max');
  await expect(page.getByText(/Nie ma połączenia\. Zmiany są bezpieczne/)).toBeVisible();
  await expect(page.getByLabel('Kiedy przypomnieć?')).toHaveValue('max');
  await people.shot(page, 'editor-offline');
  await page.context().setOffline(false);
  await expect(page.getByText(/^Zapisano \d+:\d\d$/)).toBeVisible({ timeout: 30_000 });
  await page.reload();
  await step(page, 'conduct-interview').click();
  await expect(page.getByLabel('Kiedy przypomnieć?')).toHaveValue('max');
});

test('A draft that began from an older version says what to do, and goes on from the newest', async ({ people }) => {
  const page = await people.open('admin');
  const at = '/api/procedures/monitoring';
  const headers = { 'X-Requested-With': 'WorkflowHost' };
  const { files } = (await (await page.request.get(`${at}/versions/1/files`)).json()) as {
    files: Record<string, string>;
  };
  const draft = (await (await page.request.get(`${at}/draft`)).json()) as { revision: number };
  const saved = await page.request.put(`${at}/draft`, {
    headers,
    data: {
      revision: draft.revision,
      baseVersion: 0,
      files: { ...files, 'extra.form': '{"type":"default","id":"extra","components":[]}' },
    },
  });
  expect(saved.status()).toBe(200);
  await openEditor(page, '/procedury/monitoring/edycja');
  await expect(page.getByText(/zaczęła się od wersji 0/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Wyślij do zatwierdzenia' })).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByText(/Obowiązuje już nowsza wersja/)).toBeVisible();
  await people.shot(page, 'editor-outdated');
  await press(page, 'Pracuj na wersji 1');
  await expect(page.getByText('Wersja robocza zmienia teraz wersję 1.')).toBeVisible();
  await expect(page.getByText(/zaczęła się od wersji 0/)).toHaveCount(0);
  await expect(title(page, /Monitorowanie/)).toBeVisible();
  expect((await page.request.delete(`${at}/draft`, { headers })).status()).toBe(204);
});
