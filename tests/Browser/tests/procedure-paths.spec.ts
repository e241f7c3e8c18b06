/**
 * Three ways through the editor that few go: a delivery newer than the office's own version, a delivered trial that ends
 * otherwise and is said yes to by name, and a rule of the law that a change breaks, played on the drawing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { ask } from '../support/centre';
import { centreWithDeliveries } from '../support/ownCentre';
import { expect, expectAccessible, expectNoSideScroll, press, test, text, title } from '../support/test';

const { deliver } = centreWithDeliveries('procedure-paths-host.log');

const TRIALS_MS = 240_000;
const SIGHTS = [
  { device: 'desktop', colorScheme: 'light' },
  { device: 'desktop', colorScheme: 'dark' },
  { device: 'phone', colorScheme: 'light' },
  { device: 'phone', colorScheme: 'dark' },
] as const;

type Draft = {
  revision: number;
  baseVersion: number;
  files: Record<string, string>;
};
const at = (id: string) => `/api/procedures/${id}`;
const step = (page: Page, id: string) => page.locator(`[data-element-id="${id}"]`).first();
/** The first editor of a browser brings its drawing along: a busy machine takes its time. */
async function openEditor(page: Page, id: string): Promise<void> {
  await page.goto(`/procedury/${id}/edycja`);
  await expect(page.locator('.djs-container [data-element-id]').first()).toBeVisible({ timeout: 40_000 });
}
const bar = (page: Page) => page.getByRole('region', { name: 'Droga do publikacji' });

/** Keeps the draft of this procedure with one text of its diagram changed. */
async function change(id: string, from: string, to: string): Promise<Draft> {
  const draft = await ask<Draft>('admin', 'GET', `${at(id)}/draft`);
  const diagram = draft.files['process.bpmn'] ?? '';
  expect(diagram).toContain(from);
  const files = {
    ...draft.files,
    'process.bpmn': diagram.replaceAll(from, to),
  };
  const { revision } = await ask<Draft>('admin', 'PUT', `${at(id)}/draft`, {
    revision: draft.revision,
    baseVersion: draft.baseVersion,
    files,
  });
  return { ...draft, revision, files };
}

test('A delivered trial that ends otherwise is said yes to, and the second person reads it', async ({ people }) => {
  test.setTimeout(test.info().timeout * 6 + 2 * TRIALS_MS);
  const ID = 'monitoring';
  const TICK = 'Tak ma być: nasza procedura kończy się tu inaczej';
  await change(ID, '=[1, 3, 6]', '=[1, 3]');
  const page = await people.open('admin');
  await openEditor(page, ID);
  await bar(page)
    .getByRole('button', { name: /^Zmiany/ })
    .click();
  await expect(bar(page).getByRole('button', { name: /Próby.*do potwierdzenia/ })).toBeVisible({ timeout: TRIALS_MS });
  await expect(bar(page).getByRole('button', { name: /Przepisy.*zachowan/ })).toBeVisible();
  const send = bar(page).getByRole('button', {
    name: 'Wyślij do zatwierdzenia',
  });
  await expect(send).toHaveAttribute('aria-disabled', 'true');
  await expect(bar(page).getByText('Najpierw: Próby')).toBeVisible();
  await bar(page).getByRole('button', { name: /Próby/ }).click();
  const stable = page.getByRole('listitem').filter({ hasText: 'Trzy kontakty: stabilnie' });
  await expect(stable.getByText('nie przeszła')).toBeVisible();
  await people.shot(page, 'otherwise-desktop-light');
  for (const { device, colorScheme } of SIGHTS.slice(1)) {
    const other = await people.open('admin', { device, colorScheme });
    await openEditor(other, ID);
    await other.getByRole('tab', { name: 'Wypróbuj' }).click();
    await expect(other.getByRole('checkbox', { name: TICK }).first()).toBeVisible({ timeout: TRIALS_MS });
    if (device === 'phone') await expectNoSideScroll(other);
    await expectAccessible(other, `trials, ${device}, ${colorScheme}`);
    await people.shot(other, `otherwise-${device}-${colorScheme}`);
    await other.close();
  }
  const ticks = page.getByRole('checkbox', { name: TICK });
  const count = await ticks.count();
  for (let n = 0; n < count; n += 1) await ticks.nth(n).check();
  await expect(bar(page).getByRole('button', { name: /Próby.*przeszło/ })).toBeVisible();
  await expect(send).not.toHaveAttribute('aria-disabled', 'true');
  await send.click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('heading', { name: /potwierdz/i })).toBeVisible();
  await expect(dialog.getByText(/Trzy kontakty: stabilnie/)).toBeVisible();
  await text(dialog, 'Powód').fill('Po trzech miesiącach rodziny wolą zadzwonić same.');
  await text(dialog, 'Podstawa prawna').fill('ustalenie ośrodka');
  await people.shot(page, 'otherwise-dialog');
  await expectAccessible(page, 'dialog with what was said yes to');
  await press(dialog, 'Wyślij do zatwierdzenia');
  await expect(title(page, /^Zmiana procedury: /)).toBeVisible({
    timeout: TRIALS_MS,
  });
  const address = new URL(page.url()).pathname;
  for (const { device, colorScheme } of SIGHTS) {
    const head = await people.open('head', { device, colorScheme });
    await head.goto(address);
    const accepted = head.getByRole('region', {
      name: 'Autor potwierdził, że tak ma być',
    });
    await expect(accepted.getByRole('listitem').filter({ hasText: 'Trzy kontakty: stabilnie' })).toHaveCount(1);
    await expect(accepted.getByRole('listitem')).toHaveCount(count);
    if (device === 'phone') await expectNoSideScroll(head);
    await expectAccessible(head, `publication, ${device}, ${colorScheme}`);
    await people.shot(head, `otherwise-publication-${device}-${colorScheme}`);
    await head.close();
  }
});

test('A broken rule is played on the drawing with invented dates, and the repair brings the law back', async ({
  people,
}) => {
  test.setTimeout(test.info().timeout * 6);
  const ID = 'ending';
  await change(
    ID,
    '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=courtOrder = true</bpmn:conditionExpression>',
    '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=courtOrder = false</bpmn:conditionExpression>',
  );
  for (const { device, colorScheme } of SIGHTS) {
    const page = await people.open('admin', { device, colorScheme });
    await openEditor(page, ID);
    await expect(step(page, 'write-final-assessment')).toBeVisible();
    const guard = page.getByRole('region', { name: /^Strażnik: .*złaman/ });
    await expect(guard).toBeVisible();
    await expect(guard.getByText('Daty są wymyślone').first()).toBeVisible();
    const way = guard.getByRole('article').first();
    await expect(way.getByRole('listitem').first()).toContainText(/\d/);
    await people.shot(page, `broken-${device}-${colorScheme}`);
    await way.getByRole('button', { name: 'Pokaż drogę na diagramie' }).click();
    await expect(page.locator('.djs-element.is-path').first()).toBeVisible();
    await expect(page.locator('.bpmn-word.is-day').first()).toContainText(/\d+ [a-zź]+$/);
    if (device === 'phone') await expectNoSideScroll(page);
    await expectAccessible(page, `the way, ${device}, ${colorScheme}`);
    await people.shot(page, `broken-played-${device}-${colorScheme}`);
    await page.screenshot({ path: `artefacts/screens/broken-seen-${device}-${colorScheme}.png` });
    const last = way.getByRole('listitem').last().getByRole('button');
    await last.click();
    await expect(page.locator('.djs-shape.is-path.selected .djs-visual').first()).toBeInViewport();
    await page.screenshot({ path: `artefacts/screens/broken-end-${device}-${colorScheme}.png` });
    await page.close();
  }
  const page = await people.open('admin');
  await openEditor(page, ID);
  await page.getByRole('tab', { name: 'Tabela kroków' }).click();
  const guard = page.getByRole('region', { name: /^Strażnik: / });
  const way = guard.getByRole('article').first();
  await press(way, 'Pokaż drogę na diagramie');
  await expect(page.getByRole('tab', { name: 'Diagram' })).toHaveAttribute('aria-selected', 'true');
  await expect(page.locator('.bpmn-word.is-day').first()).toBeVisible();
  await press(way, /^Przywróć warunek przejścia/);
  await expect(
    guard.getByRole('heading', {
      name: 'Strażnik: wszystkie reguły zachowane',
    }),
  ).toBeVisible();
  await expect(page.locator('.djs-element.is-path')).toHaveCount(0);
  await people.shot(page, 'broken-repaired');
});

test('A newer delivery beside the own version is compared and taken over as a draft', async ({ people }) => {
  test.setTimeout(test.info().timeout * 6 + 2 * TRIALS_MS);
  const ID = 'delivery-problem';
  const OWN = 'Sprawdź, dlaczego wiadomości wracają';
  const NEW = 'Sprawdź adres i skrzynkę pracownika';
  const draft = await change(ID, 'Sprawdź adres pracownika', OWN);
  const { files } = draft;
  const { problems } = await ask<{ problems: { tick: string }[] }>('admin', 'POST', `${at(ID)}/check`, { files });
  const { hash } = await ask<{ hash: string }>('admin', 'POST', `${at(ID)}/compare`, { files });
  const { id } = await ask<{ id: string }>('admin', 'POST', `${at(ID)}/publications`, {
    revision: draft.revision,
    reason: 'Tak mówią pracownicy',
    legalBasis: 'ustalenie ośrodka',
    validFrom: '2026-11-09',
    ticks: problems.map((one) => one.tick),
    compared: hash,
  });
  await ask('head', 'POST', `/api/publications/${id}/approval`);
  await deliver((workflows) => {
    const rewrite = (name: string, from: string, to: string) => {
      const file = join(workflows, ID, name);
      const before = readFileSync(file, 'utf8');
      expect(before).toContain(from);
      writeFileSync(file, before.replaceAll(from, to));
    };
    rewrite('process.bpmn', 'Sprawdź adres pracownika', NEW);
    rewrite('process.bpmn', 'deadline(foundOn, 2,', 'deadline(foundOn, 3,');
    rewrite('delivery-problem.form', '"label": "Co zrobiono"', '"label": "Co zrobiono, aby wiadomości dochodziły"');
  });
  for (const { device, colorScheme } of SIGHTS) {
    const page = await people.open('admin', { device, colorScheme });
    await page.goto(`/procedury/${ID}`);
    await expect(page.getByRole('link', { name: 'Porównaj z wersją producenta' })).toBeVisible();
    await people.shot(page, `delivery-offered-${device}-${colorScheme}`);
    await page.getByRole('link', { name: 'Porównaj z wersją producenta' }).click();
    await expect(title(page, /^Wersja producenta: /)).toBeVisible();
    const differences = page.getByRole('region', {
      name: 'Co zmieniłaby wersja producenta',
    });
    await expect(differences.getByText(new RegExp(`nazwa: .* -> „${NEW}”`))).toBeVisible();
    await expect(differences.getByText(/termin: 2 -> 3 dni robocze/)).toBeVisible();
    await expect(differences.getByText(/aby wiadomości dochodziły/)).toBeVisible();
    await expect(step(page, 'repair-address')).toBeVisible();
    if (device === 'phone') await expectNoSideScroll(page);
    await expectAccessible(page, `delivery, ${device}, ${colorScheme}`);
    await people.shot(page, `delivery-${device}-${colorScheme}`);
    if (device !== 'phone' || colorScheme !== 'dark') {
      await page.close();
      continue;
    }
    await press(page, 'Przejmij jako szkic');
    await expect(page.getByText(/^Zapisano \d+:\d\d$/)).toBeVisible();
    await expect(
      bar(page).getByRole('button', {
        name: /^Zmiany.*5 do przejrzenia/,
      }),
    ).toBeVisible();
    await expectNoSideScroll(page);
    await people.shot(page, 'delivery-taken-phone');
  }
  const taken = await ask<Draft>('admin', 'GET', `${at(ID)}/draft`);
  expect(taken.files['process.bpmn']).toContain(NEW);
  const inForce = await ask<{ version: number }>('admin', 'GET', at(ID));
  expect(inForce.version).toBe(2);
  const reader = await people.open('head');
  await reader.goto(`/procedury/${ID}/wersja-producenta`);
  await expect(title(reader, /^Wersja producenta: /)).toBeVisible();
  await expect(reader.getByText(/Procedura ma już wersję roboczą/)).toBeVisible();
  await expect(reader.getByRole('button', { name: 'Przejmij jako szkic' })).toHaveCount(0);
  await people.shot(reader, 'delivery-head');
});
