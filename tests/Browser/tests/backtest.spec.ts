/** Before a change is sent, and for the second person: how closed runs of the procedure would have gone with it. */
import { ask } from '../support/centre';
import { ownCentre } from '../support/ownCentre';
import { expect, expectAccessible, expectNoSideScroll, test, title } from '../support/test';

ownCentre('backtest-host.log');

const ID = 'delivery-problem';
const NAME = 'Powiadomienia nie docierają';
type Draft = { revision: number; baseVersion: number; files: Record<string, string> };
type Found<T> = { items: T[] };

/** The office repairs an address, once. */
async function closeOne(address: string): Promise<void> {
  const variables = { foundOn: '2026-11-06', person: 'clerk', address };
  const { processInstanceKey } = await ask<{ processInstanceKey: string }>('demo', 'POST', '/v2/process-instances', {
    processDefinitionId: ID,
    variables,
  });
  const filter = { processInstanceKey, state: 'CREATED' };
  const tasks = await ask<Found<{ userTaskKey: string }>>('demo', 'POST', '/v2/user-tasks/search', { filter });
  await ask('demo', 'POST', `/v2/user-tasks/${tasks.items[0]?.userTaskKey}/completion`, { variables: {} });
  await expect
    .poll(async () => (await ask<{ state: string }>('demo', 'GET', `/v2/process-instances/${processInstanceKey}`)).state)
    .toBe('COMPLETED');
}

test('Closed runs that would go otherwise stand in the dialog and on the page of the second person', async ({ people }) => {
  test.setTimeout(test.info().timeout * 5);
  for (const address of ['a@osrodek.example', 'b@osrodek.example']) await closeOne(address);
  const { revision, baseVersion, files: now } = await ask<Draft>('admin', 'GET', `/api/procedures/${ID}/draft`);
  const diagram = now['process.bpmn'] ?? '';
  const files = { ...now, 'process.bpmn': diagram.replace('deadline(foundOn, 2,', 'deadline(foundOn, 4,') };
  await ask('admin', 'PUT', `/api/procedures/${ID}/draft`, { revision, baseVersion, files });

  const page = await people.open('admin');
  await page.goto(`/procedury/${ID}/edycja`);
  const bar = page.getByRole('region', { name: 'Droga do publikacji' });
  await bar.getByRole('button', { name: /^Zmiany/ }).click();
  const send = bar.getByRole('button', { name: 'Wyślij do zatwierdzenia' });
  await expect(bar.getByRole('button', { name: /^Problemy.*bez błędów/ })).toBeVisible();
  await expect(send).not.toHaveAttribute('aria-disabled', 'true');
  await send.click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Zakończone sprawy:')).toBeVisible();
  await expect(dialog.getByText(/przebiegł\S* inaczej\./)).toBeVisible();
  await people.shot(page, 'backtest-dialog');
  await expectAccessible(page, 'the dialog');
  await dialog.getByLabel('Powód').fill('Adres sprawdza się dłużej.');
  await dialog.getByLabel('Podstawa prawna').fill('ustalenie ośrodka');
  await dialog.getByRole('button', { name: 'Wyślij do zatwierdzenia' }).click();
  await expect(title(page, `Zmiana procedury: ${NAME}`)).toBeVisible({ timeout: 60_000 });
  const address = new URL(page.url()).pathname;

  for (const device of ['desktop', 'phone'] as const) {
    const head = await people.open('head', { device, colorScheme: device === 'phone' ? 'dark' : 'light' });
    await head.goto(address);
    const list = head.getByText(/^Pokaż \d+ spraw/);
    await expect(list).toBeVisible();
    // With the keyboard alone.
    await list.focus();
    await head.keyboard.press('Enter');
    await expect(head.getByText(/termin ośrodka \d+\.\d+\.2026 zamiast .*, później o \d+ dni\./).first()).toBeVisible();
    await expectNoSideScroll(head);
    await expectAccessible(head, `publication on a ${device}`);
    await people.shot(head, `backtest-publication-${device}`);
  }
});
