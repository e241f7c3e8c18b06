import { ask, caseUpTo, SECOND_WORKER, taskOf } from '../support/centre';
import { day, expect, press, test, text, title } from '../support/test';

const family = { familyNames: 'Renata Mróz', address: 'ul. Górna 5, Kęty', children: [{ name: 'Leon', age: 4 }] };

test('The head: the team, an absence, a lower limit', async ({ people }) => {
  await ask('assistant', 'POST', '/api/absences', {
    from: '2026-11-16',
    to: '2026-11-20',
    substitute: 'olga.krawczyk',
    scope: 'all',
  });
  const page = await people.open('head');
  await page.getByRole('link', { name: 'Zespół', exact: true }).click();
  await expect(title(page, 'Zespół')).toBeVisible();
  const load = page.getByRole('table', { name: 'Obciążenie' });
  const celina = load.getByRole('row', { name: /Celina Maj/ });
  await expect(celina).toContainText(/\d+ z 15/);
  await people.shot(page, 'head-team');

  await press(page, 'Przyjmij zastępstwo');
  await expect(page.getByText('Zastępstwo przyjęte.')).toBeVisible();
  const absences = page.getByRole('table', { name: 'Nieobecności' });
  await expect(absences.getByRole('row', { name: /Celina Maj.*Olga Krawczyk.*Zatwierdzona/ })).toBeVisible();

  await press(celina, /^Zmień limit/);
  const dialog = page.getByRole('dialog', { name: /^Limit rodzin: Celina Maj/ });
  await text(dialog, 'Ile rodzin najwyżej').or(dialog.getByRole('spinbutton')).fill('10');
  await press(dialog, 'Zmień limit');
  await expect(dialog.getByText('Napisz powód. Zostanie w historii.')).toBeVisible();
  await people.shot(page, 'head-limit-reason');
  await text(dialog, 'Powód').fill('Pół etatu do końca roku.');
  await press(dialog, 'Zmień limit');
  await expect(dialog).toBeHidden();
  await expect(celina).toContainText(/\d+ z 10/);
  await people.shot(page, 'head-team-after');

  await press(page, 'Zgłoś nieobecność');
  const own = page.getByRole('dialog', { name: 'Zgłoś nieobecność' });
  await day(own, 'Pierwszy dzień').fill('2026-12-01');
  await day(own, 'Ostatni dzień').fill('2026-11-30');
  await press(own, 'Zgłoś nieobecność');
  await expect(own.getByText('Ostatni dzień nie może być wcześniejszy niż pierwszy.')).toBeVisible();
  await people.shot(page, 'head-absence-wrong');
  await press(own, 'Wróć bez zgłoszenia');
  await expect(own).toBeHidden();
});

test('The head: decides, opens a restricted case with a purpose, gives it to another worker', async ({ people }) => {
  const caseNo = await caseUpTo('check-request', family);
  await ask('head', 'PUT', `/api/cases/${caseNo}/confidentiality`, { restricted: true, reason: 'Niebieska Karta' });
  const page = await people.open('head');
  await expect(page.getByRole('link', { name: /Sprawdź kompletność wniosku/ }).first()).toBeVisible();
  await people.shot(page, 'head-today');

  await test.step('decides', async () => {
    const task = await taskOf('head', caseNo, 'check-request');
    await page.goto(`/zadania/${task.taskKey}`);
    await expect(title(page, 'Sprawdź kompletność wniosku')).toBeVisible();
    await page.getByRole('checkbox', { name: 'Wniosek jest kompletny' }).check();
    await people.shot(page, 'head-task');
    await press(page, 'Zakończ zadanie');
    await expect(title(page, 'Zrobione')).toBeVisible();
    await expect(page.getByText('Zaproponuj asystenta').first()).toBeVisible();
    await people.shot(page, 'head-receipt');
  });

  await test.step('tells why she opens the restricted case', async () => {
    await page.getByRole('link', { name: 'Zobacz sprawę' }).click();
    await expect(title(page, 'Sprawa zastrzeżona')).toBeVisible();
    await press(page, 'Otwórz sprawę');
    await expect(page.getByText('Napisz, w jakim celu otwierasz sprawę.')).toBeVisible();
    await people.shot(page, 'head-purpose');
    await text(page, 'W jakim celu otwierasz sprawę').fill('Nadzór nad pracą z rodziną');
    await press(page, 'Otwórz sprawę');
    await expect(title(page, /^Rodzina M\./i)).toBeVisible();
    await expect(page.getByText('Zastrzeżona').first()).toBeVisible();
    await people.shot(page, 'head-case');
  });

  await test.step('gives the case to another worker and finds her own look in the log', async () => {
    await press(page, /^Zmień osobę: Anna Zielińska/);
    const dialog = page.getByRole('dialog', { name: 'Zmień pracownika socjalnego' });
    await dialog.getByRole('combobox', { name: 'Kto przejmie sprawę' }).selectOption(SECOND_WORKER.name);
    await text(dialog, 'Powód').fill('Dłuższe zwolnienie.');
    await people.shot(page, 'head-reassign');
    await press(dialog, 'Przydziel pracownika');
    await expect(page.getByText('Sprawę prowadzi teraz wskazana osoba.')).toBeVisible();
    await expect(page.getByRole('region', { name: 'Zespół rodziny' })).toContainText('Marta Wrona');
    await page.getByRole('link', { name: 'Kto miał wgląd' }).click();
    await expect(page.getByRole('row', { name: /Ewa Sikora.*Nadzór nad pracą z rodziną/ }).first()).toBeVisible();
    await people.shot(page, 'head-readers');
  });
});

test('The coordinator: what is late stands first, and she takes it', async ({ people }) => {
  const page = await people.open('team_lead');
  await press(page, /^Kolejka/);
  const late = page.getByRole('region', { name: 'Po terminie' });
  const row = late.getByRole('listitem').filter({ hasText: 'Sprawdź właściwość gminy' }).filter({ hasText: 'rodzina K.' });
  await expect(row.getByText('3 dni po terminie')).toBeVisible();
  await people.shot(page, 'coordinator-late');
  await press(row, /^Biorę/);
  await press(page, /^Moje/);
  await expect(row).toBeVisible();
});
