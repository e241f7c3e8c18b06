/** A new administrator changes a reminder of a shipped procedure and publishes it with a second person; nobody showed her how. */
import type { Locator, Page } from '@playwright/test';
import { ownCentre } from '../support/ownCentre';
import { expect, expectAccessible, expectNoSideScroll, test, title } from '../support/test';

ownCentre('procedure-host.log');

const NAME = 'Wywiad środowiskowy i analiza sytuacji rodziny';
const TRIALS_MS = 240_000;
const EDITOR = '/procedury/interview-analysis/edycja';

const step = (page: Page, id: string) => page.locator(`[data-element-id="${id}"]`).first();

test('The reminder of the interview is changed, seen, checked and published in at most 12 clicks', async ({ people }) => {
  test.setTimeout(test.info().timeout * 5 + 3 * TRIALS_MS);
  let clicks = 0;
  const click = async (what: Locator) => {
    clicks += 1;
    await what.click();
  };
  const page = await people.open('admin');
  await click(page.getByRole('link', { name: 'Procedury', exact: true }));
  await expect(title(page, 'Procedury')).toBeVisible();
  await people.shot(page, 'procedures');
  await click(page.getByRole('link', { name: NAME, exact: true }));
  await expect(title(page, NAME)).toBeVisible();
  await people.shot(page, 'procedure');

  const begun = Date.now();
  await click(page.getByRole('link', { name: 'Zmień procedurę' }));
  await expect(step(page, 'conduct-interview')).toBeVisible();
  console.log(`The editor stood after ${Date.now() - begun} ms`);
  await people.shot(page, 'procedure-editor');

  await click(step(page, 'conduct-interview'));
  await expect(page.getByRole('heading', { level: 2, name: 'Przeprowadź wywiad' })).toBeVisible();
  clicks += 1;
  await page.getByLabel('Kiedy przypomnieć?').selectOption('std');
  await expect(page.getByText(/^Zapisano \d+:\d\d$/)).toBeVisible();

  const bar = page.getByRole('region', { name: 'Droga do publikacji' });
  await expect(bar.getByRole('button', { name: /^Zmiany.*1 do przejrzenia/ })).toBeVisible();
  await click(bar.getByRole('button', { name: /Zmiany/ }));
  await expect(page.getByText(/Przeprowadź wywiad/).first()).toBeVisible();
  await people.shot(page, 'procedure-changes');
  await expect(bar.getByRole('button', { name: /Problemy.*bez błędów/ })).toBeVisible();
  await expect(bar.getByRole('button', { name: /Przepisy.*zachowan/ })).toBeVisible();
  // Every scenario of this procedure and of those that call it runs in an engine of its own.
  const run = Date.now();
  await expect(bar.getByRole('button', { name: /Próby.*przeszło/ })).toBeVisible({ timeout: TRIALS_MS });
  console.log(`The trials took ${Date.now() - run} ms after everything else was known`);
  await click(bar.getByRole('button', { name: 'Wyślij do zatwierdzenia' }));
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Powód').fill('Pracownicy prosili o wcześniejsze przypomnienie.');
  await dialog.getByLabel('Podstawa prawna').fill('ustalenie ośrodka');
  await people.shot(page, 'procedure-publish');
  await expectAccessible(page, 'publish dialog');
  await click(dialog.getByRole('button', { name: 'Wyślij do zatwierdzenia' }));
  await expect(title(page, `Zmiana procedury: ${NAME}`)).toBeVisible({ timeout: TRIALS_MS });
  await expect(page.getByText(/To Twoja zmiana/)).toBeVisible();
  const address = new URL(page.url()).pathname;

  const head = await people.open('head', { device: 'phone', colorScheme: 'dark' });
  await head.goto(address);
  await expect(head.getByText('Pracownicy prosili o wcześniejsze przypomnienie.')).toBeVisible();
  await expectNoSideScroll(head);
  await expectAccessible(head, 'publication on a phone');
  await people.shot(head, 'publication-phone');
  await click(head.getByRole('button', { name: 'Zatwierdź tę zmianę' }));
  await expect(head.getByText(/Opublikowana jako wersja \d+/)).toBeVisible({ timeout: TRIALS_MS });
  await people.shot(head, 'publication-done-phone');
  console.log(`Clicks: ${clicks}`);
  expect(clicks).toBeLessThanOrEqual(12);
});

for (const { device, colorScheme } of [
  { device: 'desktop', colorScheme: 'light' },
  { device: 'phone', colorScheme: 'dark' },
] as const) {
  test(`Procedures are accessible on a ${device}, ${colorScheme}`, async ({ people }) => {
    test.setTimeout(test.info().timeout * 6);
    const page = await people.open('admin', { device, colorScheme });
    const seen = async (name: string) => {
      await people.shot(page, `${name}-${device}-${colorScheme}`);
      if (device === 'phone') await expectNoSideScroll(page);
      await expectAccessible(page, `${name}, ${device}`);
    };
    await page.goto('/procedury');
    await expect(page.getByRole('link', { name: NAME, exact: true })).toBeVisible();
    await seen('procedures');
    await page.goto('/procedury/interview-analysis');
    await expect(step(page, 'conduct-interview')).toBeVisible();
    await seen('procedure');
    await page.goto(EDITOR);
    await expect(step(page, 'conduct-interview')).toBeVisible();
    await expect(page.getByRole('heading', { name: /^Strażnik: / })).toBeVisible();
    await seen('editor');
    for (const part of ['Tabela kroków', 'Zmiany', 'Wypróbuj', 'Historia']) {
      await page.getByRole('tab', { name: part }).click();
      await expect(page.getByRole('tab', { name: part })).toHaveAttribute('aria-selected', 'true');
      await seen(`editor-${part.toLowerCase().replace(/\W/g, '-')}`);
    }
  });
}

test('Forms and tables open under the strict policy, and a trial tells who would be reminded when', async ({ people }) => {
  test.setTimeout(test.info().timeout * 5);
  const page = await people.open('admin');
  await page.goto(EDITOR);
  await page.getByRole('tab', { name: 'Formularze' }).click();
  await expect(page.locator('.fjs-form-editor')).toBeVisible();
  await people.shot(page, 'editor-forms');
  await page.getByRole('tab', { name: 'Tabele decyzji' }).click();
  await expect(page.locator('.dmn-decision-table-container')).toBeVisible();
  await people.shot(page, 'editor-tables');
  await page.getByRole('tab', { name: 'Wypróbuj' }).click();
  await page.getByRole('button', { name: 'Zacznij', exact: true }).click();
  await expect(page.getByText(/^Jest /)).toBeVisible();
  await people.shot(page, 'editor-trial');
});
