/** Running cases go over to another version: the administrator plans, the head decides in her task, and one case comes back. */
import { ask, caseUpTo, taskOf } from '../support/centre';
import { ownCentre } from '../support/ownCentre';
import { expect, expectAccessible, expectNoSideScroll, press, test, text, title } from '../support/test';

ownCentre('migration-host.log');

const ID = 'interview-analysis';
const NAME = 'Wywiad środowiskowy i analiza sytuacji rodziny';
const OLD_STEP = 'Przeprowadź wywiad';
const NEW_STEP = 'Porozmawiaj z rodziną';
const TRIALS_MS = 240_000;
const family = (familyNames: string) => ({
  familyNames,
  address: 'ul. Krótka 1, Kęty',
  children: [{ name: 'Lena', age: 6 }],
});

type Found = { problems: { tick: string }[] };

/** The office calls a step by another name; everything of it goes the way every publication goes. */
async function publishRenamed(): Promise<void> {
  const at = `/api/procedures/${ID}`;
  const draft = await ask<{ revision: number; baseVersion: number; files: Record<string, string> }>(
    'admin',
    'GET',
    `${at}/draft`,
  );
  const files = { ...draft.files };
  const diagram = files['process.bpmn'] ?? '';
  expect(diagram).toContain(`name="${OLD_STEP}"`);
  files['process.bpmn'] = diagram.replace(`name="${OLD_STEP}"`, `name="${NEW_STEP}"`);
  const { revision } = await ask<{ revision: number }>('admin', 'PUT', `${at}/draft`, {
    revision: draft.revision,
    baseVersion: draft.baseVersion,
    files,
  });
  const { problems } = await ask<Found>('admin', 'POST', `${at}/check`, { files });
  const { hash } = await ask<{ hash: string }>('admin', 'POST', `${at}/compare`, { files });
  const publication = await ask<{ id: string }>('admin', 'POST', `${at}/publications`, {
    revision,
    reason: 'Tak mówią pracownicy',
    legalBasis: 'ustalenie ośrodka',
    validFrom: '2026-11-09',
    ticks: problems.map((one) => one.tick),
    compared: hash,
  });
  await ask('head', 'POST', `/api/publications/${publication.id}/approval`);
}

test('Cases go over to another version by the word of the head, and one comes back', async ({ people }) => {
  test.setTimeout(test.info().timeout * 6 + 2 * TRIALS_MS);
  const cases = [
    await caseUpTo('conduct-interview', family('Teresa Lis')),
    await caseUpTo('conduct-interview', family('Marek Dąb')),
  ];
  const [first = '', second = ''] = cases;
  const task = await taskOf('social_worker', first, 'conduct-interview');
  await publishRenamed();

  const page = await people.open('admin');
  await page.goto(`/procedury/${ID}`);
  await page.getByRole('link', { name: 'Przenieś sprawy na nową wersję' }).click();
  await expect(title(page, 'Przenieś sprawy na inną wersję')).toBeVisible();
  const row = page.getByRole('row', { name: new RegExp(first) });
  await expect(row.getByText(`${OLD_STEP}, potem: ${NEW_STEP}`)).toBeVisible();
  await expect(row.getByText(/bez zmian/)).toBeVisible();

  await test.step('a step without a counterpart keeps its cases', async () => {
    const step = page.getByLabel(`Krok „${OLD_STEP}” staje się krokiem`);
    await step.selectOption({ label: 'Nie ma odpowiednika' });
    await expect(row.getByText(/nie ma odpowiednika w nowej wersji/)).toBeVisible();
    await expect(row.getByRole('checkbox')).toHaveCount(0);
    await people.shot(page, 'migrate-blocked');
    await step.selectOption({ label: NEW_STEP });
    await expect(row.getByRole('checkbox')).toBeChecked();
  });

  await test.step('only the chosen cases go', async () => {
    await page.getByText('Liczą się od nowa według nowej wersji').click();
    await press(page, 'Odznacz wszystkie');
    await expect(page.getByText('Zaznacz co najmniej jedną sprawę.')).toBeVisible();
    for (const no of cases) await page.getByRole('row', { name: new RegExp(no) }).getByRole('checkbox').check();
    await expect(page.getByText('Przejdą 2 sprawy.')).toBeVisible();
    await expectAccessible(page, 'plan');
    await people.shot(page, 'migrate');
  });

  await press(page, 'Wyślij do kierownika');
  const dialog = page.getByRole('dialog');
  await press(dialog, 'Wyślij do kierownika');
  await expect(dialog.getByText('Napisz, dlaczego.')).toBeVisible();
  await text(dialog, 'Powód').fill('Jedna nazwa kroku dla wszystkich.');
  await text(dialog, 'Podstawa prawna').fill('ustalenie ośrodka');
  await people.shot(page, 'migrate-send');
  await press(dialog, 'Wyślij do kierownika');
  await expect(title(page, `Przeniesienie spraw: ${NAME}`)).toBeVisible();
  await expect(page.getByText(/To Twój plan/)).toBeVisible();
  await people.shot(page, 'migration-waiting');
  const address = new URL(page.url()).pathname;

  const head = await people.open('head', { device: 'phone' });
  await test.step('the head decides in her task, on a phone', async () => {
    await head.getByRole('link', { name: 'Zdecyduj o przeniesieniu spraw' }).first().click();
    await expect(title(head, 'Zdecyduj o przeniesieniu spraw')).toBeVisible();
    await expect(head.getByText(`Krok „${OLD_STEP}” staje się krokiem „${NEW_STEP}”.`)).toBeVisible();
    await expect(head.getByRole('link', { name: /Obejrzyj plan/ })).toHaveAttribute('href', address);
    await head.getByRole('radio', { name: 'Nie, sprawy zostają na swojej wersji' }).check();
    await expect(head.getByLabel('Dlaczego sprawy mają zostać')).toBeVisible();
    await head.getByRole('radio', { name: 'Tak, przenieś te sprawy' }).check();
    await expectNoSideScroll(head);
    await expectAccessible(head, 'decision on a phone');
    await people.shot(head, 'migration-decision-phone');
    await press(head, 'Zakończ zadanie');
    await expect(title(head, 'Zrobione')).toBeVisible();
  });

  await test.step('the receipt names each case', async () => {
    await head.goto(address);
    await expect(head.getByText('Wykonane')).toBeVisible();
    await expect(head.getByText('przeszły: 2')).toBeVisible();
    await expectNoSideScroll(head);
    await expectAccessible(head, 'receipt on a phone');
    await people.shot(head, 'migration-phone');
  });

  const worker = await people.open('social_worker');
  await worker.goto(`/zadania/${task.taskKey}`);
  await expect(title(worker, NEW_STEP)).toBeVisible();

  await test.step('one case comes back', async () => {
    await page.reload();
    await press(page, `Cofnij sprawę ${second}`);
    await text(page.getByRole('dialog'), 'Powód').fill('Ta rodzina jest już umówiona po staremu.');
    await people.shot(page, 'migration-undo');
    await press(page.getByRole('dialog'), 'Cofnij przeniesienie');
    await expect(page.getByRole('row', { name: new RegExp(second) }).getByText('Wróciła')).toBeVisible();
    await expect(page.getByText('przeszły: 1, wróciły: 1')).toBeVisible();
    await expectAccessible(page, 'receipt');
    await people.shot(page, 'migration');
  });
  const back = await taskOf('social_worker', second, 'conduct-interview');
  await worker.goto(`/zadania/${back.taskKey}`);
  await expect(title(worker, OLD_STEP)).toBeVisible();

  for (const device of ['desktop', 'phone'] as const) {
    const again = await people.open('admin', { device, colorScheme: 'dark' });
    await again.goto(`/procedury/${ID}`);
    await expect(again.getByRole('heading', { name: 'Przeniesienia spraw' })).toBeVisible();
    await expectAccessible(again, `procedure, ${device}`);
    await people.shot(again, `migration-procedure-${device}`);
    await again.goto(`/procedury/${ID}/przeniesienie`);
    await expect(again.getByRole('row', { name: new RegExp(second) })).toBeVisible();
    if (device === 'phone') await expectNoSideScroll(again);
    await expectAccessible(again, `plan, ${device}`);
    await people.shot(again, `migrate-${device}-dark`);
  }
});
