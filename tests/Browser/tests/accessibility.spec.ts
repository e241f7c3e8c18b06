import type { Page } from '@playwright/test';
import { answersOf, ask, caseUpTo, complete, taskOf } from '../support/centre';
import { expect, expectAccessible, expectNoSideScroll, openPart, openTask, press, tabTo, test, text, title } from '../support/test';

const family = { familyNames: 'Wanda Klon', address: 'ul. Cicha 9, Kęty', children: [{ name: 'Tola', age: 7 }] };
const TRIAGE = 'Oceń pilność i bezpieczeństwo dziecka';

type Stop = { name: string; address: string; heading: string | RegExp; ready?: (page: Page) => Promise<void> };

/** Light on a desk, dark on a phone: every page is seen by axe in both, and on the phone nothing is too wide. */
const SIGHTS = [
  { device: 'desktop', colorScheme: 'light' },
  { device: 'phone', colorScheme: 'dark' },
] as const;

function walk(userName: string, stopsOf: () => Promise<Stop[]>) {
  for (const { device, colorScheme } of SIGHTS) {
    test(`Every page of ${userName} is accessible on a ${device}, ${colorScheme}`, async ({ people }) => {
      test.setTimeout(test.info().timeout * 4);
      const stops = await stopsOf();
      const page = await people.open(userName, { device, colorScheme });
      for (const { name, address, heading, ready } of stops) {
        await page.goto(address);
        await expect(title(page, heading)).toBeVisible();
        await ready?.(page);
        await expect(page.getByText('Wczytujemy…')).toHaveCount(0);
        await people.shot(page, `${userName}-${name}-${device}-${colorScheme}`);
        if (device === 'phone') await expectNoSideScroll(page);
        await expectAccessible(page, `${name}, ${device}, ${colorScheme}`);
      }
    });
  }
}

walk('social_worker', async () => {
  const caseNo = await caseUpTo('conduct-interview', family);
  const reported = await caseUpTo('triage-report', family);
  const interview = await taskOf('social_worker', caseNo, 'conduct-interview');
  const triage = await taskOf('social_worker', reported, 'triage-report');
  const { documents } = await ask<{ documents: { number: number }[] }>('social_worker', 'GET', `/api/cases/${caseNo}`);
  const of = (part: string) => `/sprawy/${caseNo}${part}`;
  const rodzina = /^Rodzina K\./i;
  return [
    { name: 'today', address: '/', heading: 'Dziś' },
    { name: 'queue', address: '/?view=queue', heading: 'Dziś' },
    {
      name: 'task',
      address: `/zadania/${interview.taskKey}`,
      heading: 'Przeprowadź wywiad',
      ready: async (page) => {
        await page.getByText('Skąd ten termin?').click();
        await page.getByRole('radio', { name: 'Wywiad się odbył' }).check();
        await openPart(page, 'Podpisy');
        await press(page, 'Zakończ zadanie');
        await expect(page.getByText(/^Popraw \d+ odpowied/)).toBeVisible();
      },
    },
    { name: 'offered', address: `/zadania/${triage.taskKey}`, heading: TRIAGE },
    { name: 'cases', address: '/sprawy', heading: 'Sprawy' },
    { name: 'case', address: of(''), heading: rodzina },
    { name: 'entries', address: of('/wpisy'), heading: rodzina },
    { name: 'papers', address: of('/dokumenty'), heading: rodzina },
    { name: 'family', address: of('/rodzina'), heading: rodzina },
    { name: 'document', address: of(`/dokumenty/${documents[0]?.number}`), heading: /./ },
    { name: 'team', address: '/zespol', heading: 'Zespół' },
    { name: 'account', address: '/konto', heading: 'Moje konto' },
    { name: 'unknown', address: '/nie/ma', heading: 'Nie ma takiej strony' },
  ];
});

walk('admin', () =>
  Promise.resolve([
    { name: 'accounts', address: '/ustawienia', heading: 'Konta' },
    { name: 'audit', address: '/dziennik', heading: 'Dziennik' },
    { name: 'messages', address: '/powiadomienia', heading: 'Powiadomienia' },
    {
      name: 'templates',
      address: '/szablony?szablon=Digest',
      heading: 'Szablony wiadomości',
      ready: async (page) => {
        await press(page, 'Podgląd');
        await expect(page.getByTitle('Tak będzie wyglądać')).toBeVisible();
      },
    },
    { name: 'no-case', address: '/sprawy/OPS.4710.1.2026', heading: 'Nie ma tu takiej sprawy' },
  ]),
);

for (const { device, colorScheme } of SIGHTS) {
  test(`Dialogs, a part of a form and the receipt are accessible on a ${device}, ${colorScheme}`, async ({ people }) => {
    test.setTimeout(test.info().timeout * 4);
    const caseNo = await caseUpTo('triage-report', family);
    const page = await people.open('team_lead', { device, colorScheme });
    const seen = async (name: string) => {
      await people.shot(page, `${name}-${device}-${colorScheme}`);
      if (device === 'phone') await expectNoSideScroll(page);
      await expectAccessible(page, `${name}, ${device}, ${colorScheme}`);
    };
    const triage = await taskOf('team_lead', caseNo, 'triage-report');
    await openTask(page, triage.taskKey, TRIAGE);
    await page.getByRole('checkbox', { name: 'Życie lub zdrowie dziecka jest zagrożone' }).check();
    await page.getByRole('radio', { name: 'Dziecko w niebezpieczeństwie' }).check();
    await page.getByRole('radio', { name: 'Zwykły: wywiad i analiza' }).check();
    await page.getByRole('checkbox', { name: 'Zgłoszenie jest zasadne' }).check();
    await text(page, 'Notatka z oceny').fill('Dziecko samo w domu.');
    await press(page, 'Zakończ zadanie');
    await expect(title(page, 'Zrobione')).toBeVisible();
    // The step has started another procedure: its first steps are here, with its name.
    await expect(page.getByRole('link', { name: 'Zaalarmuj kierownika i zespół', exact: true })).toBeVisible();
    await expect(page.getByText('Rozpoczęta procedura: Interwencja w obronie dziecka').first()).toBeVisible();
    await seen('receipt-intervention');

    await page.getByRole('link', { name: 'Zobacz sprawę' }).click();
    await press(page, 'Chroń dziecko');
    await seen('dialog-protect');
    await press(page.getByRole('alertdialog'), 'Rozpocznij działania');
    const again = page.getByRole('alertdialog', { name: 'Interwencja już trwa' });
    await expect(again.getByRole('link', { name: 'Otwórz trwającą' })).toBeVisible();
    await seen('dialog-protect-running');
    await press(again, 'Wróć do pracy');
    await press(page, 'Dodaj wpis');
    await expect(page.getByRole('dialog', { name: 'Dodaj wpis do sprawy' })).toBeVisible();
    await seen('dialog-entry');
  });
}

test('Parts of a form are accessible and fit a phone', async ({ people }) => {
  const caseNo = await caseUpTo('conduct-interview', family);
  const { taskKey } = await taskOf('social_worker', caseNo, 'conduct-interview');
  for (const { device, colorScheme } of SIGHTS) {
    const page = await people.open('social_worker', { device, colorScheme });
    await openTask(page, taskKey, 'Przeprowadź wywiad');
    await page.getByRole('radio', { name: 'Wywiad się odbył' }).check();
    await press(page, 'Dalej: Informacje i osoby');
    await expect(page.getByText(/^Popraw \d+ odpowied/)).toBeVisible();
    await people.shot(page, `parts-missing-${device}`);
    await openPart(page, 'Dom, zdrowie, dzieci');
    await people.shot(page, `parts-${device}`);
    await expectAccessible(page, `parts, ${device}`);
    if (device === 'phone') await expectNoSideScroll(page);
    await page.getByRole('radio', { name: 'Wywiad się odbył' }).waitFor({ state: 'hidden' });
    await press(page, 'Dokończę później');
    await expect(title(page, 'Dziś')).toBeVisible();
  }
});

test('In English no Polish is left on Dziś, a task and a case but data and names of procedures', async ({ people }) => {
  const caseNo = await caseUpTo('conduct-interview', family);
  const { taskKey } = await taskOf('social_worker', caseNo, 'conduct-interview');
  const page = await people.open('social_worker');
  await press(page, /Anna Zielińska/);
  await page.getByRole('menuitem', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  // What the server says of a case and what its procedures are called is Polish by nature: all of it carries Polish letters.
  const polish = /Dziś|Sprawy|Zespół|Zaloguj|Termin|Kolejka|Moje|Zapisano|Dokończę|Dalej|Wstecz|Część|Co dalej|Wróć|Biorę|Zakończ/;
  for (const [name, address] of [['today', '/'], ['task', `/zadania/${taskKey}`], ['case', `/sprawy/${caseNo}`]] as const) {
    await page.goto(address);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Today' }).first()).toBeVisible();
    await people.shot(page, `english-${name}`);
    const own = await page.evaluate(() => {
      const words: string[] = [];
      for (const one of document.querySelectorAll('button, nav a, label, legend .opt, h2, dt, th, summary, .saved, .chip')) {
        // Fields, groups and parts are named by the form of the procedure.
        if (one.closest('.form, .parts, .part-title, .djs-container') === null) words.push(one.textContent ?? '');
      }
      return words;
    });
    expect(own.filter((words) => polish.test(words)), name).toEqual([]);
  }
});

test('Signing in is accessible in light and dark, and fits a phone', async ({ people }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await people.open('clerk', { device: 'phone', colorScheme, signedIn: false });
    await expectNoSideScroll(page);
    await expectAccessible(page, `sign-in, ${colorScheme}`);
    await people.shot(page, `sign-in-phone-${colorScheme}`);
  }
});

test('The diagram of a case is accessible and shows where the case stands', async ({ people }) => {
  const caseNo = await caseUpTo('conduct-interview', family);
  const page = await people.open('team_lead');
  await page.goto(`/sprawy/${caseNo}`);
  const diagram = page.getByRole('group', { name: /^Schemat etapu Wywiad środowiskowy/ });
  // The symbol of the step is drawn by bpmn-js, which names it by its identifier only.
  const step = diagram.locator('[data-element-id="conduct-interview"]');
  await expect(step.getByText('wywiad')).toBeVisible();
  await people.shot(page, 'case-diagram');
  await expectAccessible(page, 'diagram');
});

test('With the keyboard alone: signing in, opening a task, completing it', async ({ people }) => {
  const caseNo = await caseUpTo('triage-report', family);
  const page = await people.open('team_lead', { signedIn: false });
  await tabTo(page, page.getByRole('textbox', { name: 'Nazwa użytkownika' }));
  await page.keyboard.type('team_lead');
  await page.keyboard.press('Tab');
  await page.keyboard.type('team_lead');
  await page.keyboard.press('Enter');
  await expect(title(page, 'Dziś')).toBeVisible();

  await tabTo(page, page.getByRole('button', { name: /^Kolejka/ }));
  await page.keyboard.press('Enter');
  const row = page.getByRole('link', { name: new RegExp(`Oceń pilność.*${caseNo}`) });
  await expect(row).toBeVisible();
  await tabTo(page, row);
  await page.keyboard.press('Enter');
  await expect(title(page, TRIAGE)).toBeVisible();

  const answers = answersOf('triage-report');
  expect(answers).toMatchObject({ urgency: 'ordinary', intakeEntry: 'ordinary', reportFounded: true });
  await tabTo(page, page.getByRole('radio', { name: 'Zwykła', exact: true }));
  await page.keyboard.press('Space');
  await tabTo(page, page.getByRole('radio', { name: 'Zwykły: wywiad i analiza' }));
  await page.keyboard.press('Space');
  await tabTo(page, page.getByRole('checkbox', { name: 'Zgłoszenie jest zasadne' }));
  await page.keyboard.press('Space');
  await tabTo(page, text(page, 'Notatka z oceny'));
  await page.keyboard.type(String(answers['note']));
  await tabTo(page, page.getByRole('button', { name: 'Zakończ zadanie' }));
  await people.shot(page, 'keyboard-task');
  await page.keyboard.press('Enter');
  await expect(title(page, 'Zrobione')).toBeVisible();
  await people.shot(page, 'keyboard-done');
  await complete('clerk', (await taskOf('clerk', caseNo, 'check-earlier-cases')).taskKey, answersOf('check-earlier-cases'));
});
