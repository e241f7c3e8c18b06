import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { answersOf, ask, caseUpTo, complete, SECOND_WORKER, taskOf } from '../support/centre';
import { expect, openTask, press, signIn, test, text, title } from '../support/test';

const family = { familyNames: 'Kamila Bór', address: 'ul. Długa 7, Kęty', children: [{ name: 'Iwo', age: 9 }] };
const TRIAGE = 'Oceń pilność i bezpieczeństwo dziecka';
const NOTE = 'Notatka z oceny';
const WORDS = 'Rozmowa z wychowawczynią: Iwo od tygodnia nie przychodzi na lekcje.';

/** A case whose report waits for an assessment: the coordinator and every social worker may do it. */
async function triage() {
  const caseNo = await caseUpTo('triage-report', family);
  return { caseNo, task: await taskOf('team_lead', caseNo, 'triage-report') };
}

async function fillTriage(page: Page, note = WORDS) {
  await page.getByRole('radio', { name: 'Zwykła', exact: true }).check();
  await page.getByRole('radio', { name: 'Zwykły: wywiad i analiza' }).check();
  await page.getByRole('checkbox', { name: 'Zgłoszenie jest zasadne' }).check();
  await text(page, NOTE).fill(note);
}

const saved = (page: Page) => page.getByText(/^Zapisano \d+[:.]\d\d$/).first();
const leaveField = (page: Page) => text(page, NOTE).blur();

test('Two presses on completion complete once', async ({ people }) => {
  const { caseNo, task } = await triage();
  const page = await people.open('team_lead');
  await openTask(page, task.taskKey, TRIAGE);
  await fillTriage(page);
  const completions: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/completion')) completions.push(request.headers()['idempotency-key'] ?? 'none');
  });
  await page.getByRole('button', { name: 'Zakończ zadanie' }).dblclick();
  await expect(title(page, 'Zrobione')).toBeVisible();
  expect(new Set(completions).size).toBe(1);
  const { items } = await ask<{ items: { title: string }[] }>('team_lead', 'GET', `/api/cases/${caseNo}/timeline`);
  expect(items.filter((item) => item.title.includes(TRIAGE))).toHaveLength(1);
});

test('The back button keeps what was typed', async ({ people }) => {
  const { caseNo, task } = await triage();
  const page = await people.open('team_lead');
  await press(page, /^Kolejka/);
  await page.getByRole('link', { name: new RegExp(`Oceń pilność.*${caseNo}`) }).click();
  await expect(title(page, TRIAGE)).toBeVisible();
  await text(page, NOTE).fill(WORDS);
  await page.goBack();
  await expect(title(page, 'Dziś')).toBeVisible();
  await page.goForward();
  await expect(page).toHaveURL(`/zadania/${task.taskKey}`);
  await expect(text(page, NOTE)).toHaveValue(WORDS);
  await leaveField(page);
  await expect(saved(page)).toBeVisible();
  await page.reload();
  await expect(text(page, NOTE)).toHaveValue(WORDS);
});

test('The connection is lost while typing: the words stay and are saved when it is back', async ({ people }) => {
  const { task } = await triage();
  const page = await people.open('team_lead', { device: 'phone' });
  people.mayLoseConnection();
  await openTask(page, task.taskKey, TRIAGE);
  await page.context().setOffline(true);
  await fillTriage(page);
  await leaveField(page);
  await expect(page.getByText('Nie ma połączenia. Tekst jest bezpieczny na tej stronie')).toBeVisible();
  await press(page, 'Zakończ zadanie');
  await expect(page.getByText(/^Nie ma połączenia\. Zadanie nie jest jeszcze zakończone/)).toBeVisible();
  await people.shot(page, 'bad-offline');
  await expect(text(page, NOTE)).toHaveValue(WORDS);
  await page.context().setOffline(false);
  await expect(saved(page)).toBeVisible();
  const { draft } = await ask<{ draft: { content: { note: string } } }>('team_lead', 'GET', `/api/tasks/${task.taskKey}`);
  expect(draft.content.note).toBe(WORDS);
  await press(page, 'Zakończ zadanie');
  await expect(title(page, 'Zrobione')).toBeVisible();
});

test('The session ends while typing: signing in over the page goes on where she was', async ({ people }) => {
  const { task } = await triage();
  const page = await people.open('team_lead');
  await openTask(page, task.taskKey, TRIAGE);
  await fillTriage(page);
  await page.context().clearCookies();
  await press(page, 'Zakończ zadanie');
  const dialog = page.getByRole('dialog', { name: 'Zaloguj się, żeby pisać dalej' });
  await expect(dialog).toContainText('Dorota Lis');
  await people.shot(page, 'bad-session-ended');
  await dialog.getByLabel('Hasło').fill('nie to hasło');
  await press(dialog, 'Zaloguj się');
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByLabel('Hasło').fill('team_lead');
  await press(dialog, 'Zaloguj się');
  await expect(title(page, 'Zrobione')).toBeVisible();
});

test('Ten megabytes pasted are not lost, the page stays quick, and the answer says what to do', async ({ people }) => {
  const { task } = await triage();
  const page = await people.open('team_lead');
  await openTask(page, task.taskKey, TRIAGE);
  await fillTriage(page);
  const characters = 'Zapis rozmowy z rodziną. '.length * 420_000;
  /** Until the page has drawn what became of it, in milliseconds; by the clipboard, or as a drop and dictation do. */
  const put = (how: 'paste' | 'input') =>
    text(page, NOTE).evaluate(async (field, way) => {
      const area = field as HTMLTextAreaElement;
      const words = 'Zapis rozmowy z rodziną. '.repeat(420_000);
      const began = performance.now();
      if (way === 'paste') {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', words);
        area.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      } else {
        area.value = words;
        area.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromDrop' }));
      }
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return performance.now() - began;
    }, how);
  for (const how of ['paste', 'input'] as const) {
    const took = await put(how);
    console.log(`  ten megabytes by ${how}: the page is drawn after ${took.toFixed(0)} ms`);
    expect(took, how).toBeLessThan(5_000);
    await expect(page.getByText(/^Tekst ma 10.500.000 znaków, a to pole mieści 50.000/)).toBeVisible();
    await expect(text(page, NOTE)).toHaveValue(WORDS);
    const saving = page.waitForEvent('download');
    await press(page, 'Zapisz cały tekst jako plik');
    expect(readFileSync(await (await saving).path(), 'utf8')).toHaveLength(characters);
    await people.shot(page, `bad-ten-megabytes-${how}`);
    await press(page, 'Odrzuć ten tekst');
  }
  await leaveField(page);
  await expect(saved(page)).toBeVisible();
  await press(page, 'Zakończ zadanie');
  await expect(title(page, 'Zrobione')).toBeVisible();
});

test('Two people complete the same task: the second is told who and when, and keeps her words', async ({ people }) => {
  const { task } = await triage();
  const page = await people.open('social_worker');
  await openTask(page, task.taskKey, TRIAGE);
  await fillTriage(page);
  await complete('team_lead', task.taskKey, answersOf('triage-report'));
  await press(page, 'Zakończ zadanie');
  await expect(page.getByText(/^To zadanie jest już zakończone: Dorota Lis, .+, .*\d+[:.]\d\d.*\.$/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Twój tekst' })).toBeVisible();
  await expect(page.getByText(WORDS)).toBeVisible();
  await people.shot(page, 'bad-second-completion');
});

test('Two people write the same draft: both versions are shown, one is chosen', async ({ people }) => {
  const { task } = await triage();
  const page = await people.open('social_worker');
  const other = await people.open(SECOND_WORKER.userName);
  for (const one of [page, other]) await openTask(one, task.taskKey, TRIAGE);
  await text(other, NOTE).fill('Wersja Marty: pedagog potwierdza.');
  await leaveField(other);
  await expect(saved(other)).toBeVisible();
  await text(page, NOTE).fill(WORDS);
  await leaveField(page);
  const dialog = page.getByRole('alertdialog', { name: /^Marta Wrona.*Zobacz obie wersje/ });
  await expect(dialog.getByText('Wersja Marty: pedagog potwierdza.')).toBeVisible();
  await expect(dialog.getByText(WORDS)).toBeVisible();
  await people.shot(page, 'bad-draft-conflict');
  await press(dialog, 'Zostaw moją wersję');
  await expect(dialog).toBeHidden();
  await expect(saved(page)).toBeVisible();
  await expect(text(page, NOTE)).toHaveValue(WORDS);
  await text(other, NOTE).fill('Wersja Marty, druga.');
  await leaveField(other);
  const back = other.getByRole('alertdialog', { name: /^Anna Zielińska.*Zobacz obie wersje/ });
  await press(back, 'Weź tę wersję');
  await expect(text(other, NOTE)).toHaveValue(WORDS);
});

test('A task somebody else takes leaves the list without reloading', async ({ people }) => {
  const { caseNo, task } = await triage();
  const page = await people.open('social_worker');
  await press(page, /^Kolejka/);
  const row = page.getByRole('link', { name: new RegExp(`Oceń pilność.*${caseNo}`) });
  await expect(row).toBeVisible();
  await ask('team_lead', 'POST', `/api/tasks/${task.taskKey}/claim`);
  await expect(row).toBeHidden();
  await expect(page.getByText('Lista zadań się zmieniła.')).toBeAttached();
});
