import { caseUpTo } from '../support/centre';
import { expect, press, signIn, test, text, title } from '../support/test';

const family = { familyNames: 'Sylwia Gaj', address: 'ul. Wąska 3, Kęty', children: [{ name: 'Ada', age: 2 }] };

test('The administrator: keeps the accounts and sees no case', async ({ people }) => {
  const caseNo = await caseUpTo('triage-report', family);
  const page = await people.open('admin');
  // Her day is the accounts: no tasks, no cases, no search.
  for (const hidden of ['Dziś', 'Sprawy', 'Zespół', 'Znajdź sprawę'])
    await expect(page.getByRole('link', { name: hidden, exact: true })).toHaveCount(0);
  await expect(page.getByRole('row', { name: /Celina Maj/ })).toBeVisible();
  await people.shot(page, 'admin-accounts');

  await press(page, 'Załóż konto');
  const dialog = page.getByRole('dialog', { name: 'Załóż konto' });
  await text(dialog, 'Nazwa użytkownika').fill('nina.kot');
  await text(dialog, 'Imię, nazwisko i stanowisko').fill('Nina Kot, pracownik socjalny');
  await dialog.getByRole('checkbox', { name: 'pracownik socjalny' }).check();
  await dialog.getByRole('checkbox', { name: 'asystent rodziny' }).check();
  await press(dialog, 'Załóż konto');
  await expect(dialog.getByText(/Odznacz jedną z tych ról/).first()).toBeVisible();
  await people.shot(page, 'admin-account-refused');
  await dialog.getByRole('checkbox', { name: 'asystent rodziny' }).uncheck();
  await press(dialog, 'Załóż konto');
  await expect(page.getByText('Konto założone.')).toBeVisible();
  await expect(page.getByRole('row', { name: /Nina Kot.*Czeka na przekazanie kodu/ })).toBeVisible();

  await page.goto(`/sprawy/${caseNo}`);
  await expect(title(page, 'Nie ma tu takiej sprawy')).toBeVisible();
  await people.shot(page, 'admin-no-case');
  await page.getByRole('link', { name: 'Dziennik' }).click();
  await expect(page.getByText('Dziennik jest cały: każdy wpis zgadza się z poprzednim.')).toBeVisible();
  await expect(page.getByText('Konto założone').first()).toBeVisible();
  await expect(page.getByRole('cell', { name: /Leon Żak, administrator procedur.*admin/ }).first()).toBeVisible();
  await people.shot(page, 'admin-audit');
});

test('Signing in: nothing filled, a wrong password, then the page that was asked for', async ({ people }) => {
  const page = await people.open('clerk', { signedIn: false });
  await page.goto('/sprawy');
  await press(page, 'Zaloguj się');
  await expect(page.getByRole('alert')).toHaveText('Wpisz nazwę użytkownika i hasło.');
  await signIn(page, 'clerk', 'nie to hasło');
  await expect(page.getByRole('alert')).not.toHaveText('Wpisz nazwę użytkownika i hasło.');
  await expect(page.getByRole('alert')).toContainText(/hasło/i);
  await people.shot(page, 'sign-in-wrong');
  await signIn(page, 'clerk');
  await expect(title(page, 'Sprawy')).toBeVisible();
});
