import { expect, expectNoSideScroll, press, signIn, test, text, title } from '../support/test';

/** Nobody else needs this account afterwards: its password is another one then. */
const PERSON = { userName: 'archivist', name: 'Krystyna Dudek, archiwum zakładowe' };
const NEXT = 'sześć starych lip przy drodze';

test('A forgotten password: the administrator asks, the head hands over, the person sets her own', async ({ people }) => {
  const admin = await people.open('admin');
  await test.step('the administrator asks and sees no code', async () => {
    await press(admin, `Wydaj kod do ustawienia hasła: ${PERSON.name}`);
    const dialog = admin.getByRole('dialog', { name: 'Wydać kod do ustawienia hasła?' });
    await press(dialog, 'Poproś o wydanie kodu');
    await expect(dialog.getByText('Napisz powód. Zostanie w historii.')).toBeVisible();
    await text(dialog, 'Powód').fill('Zapomniane hasło po urlopie');
    await people.shot(admin, 'code-asked');
    await press(dialog, 'Poproś o wydanie kodu');
    await expect(admin.getByText(/Prośba zapisana\. Kod przekaże/)).toBeVisible();
    await expect(admin.getByRole('row', { name: /Krystyna Dudek.*Czeka na przekazanie kodu/ })).toBeVisible();
    await people.shot(admin, 'code-waits');
  });

  const head = await people.open('head');
  const code = await test.step('the head shows it once', async () => {
    await head.getByRole('link', { name: 'Zespół', exact: true }).click();
    const waiting = head.getByRole('region', { name: 'Kody do przekazania' });
    await expect(waiting).toContainText('Leon Żak');
    await expect(waiting).toContainText('Zapomniane hasło po urlopie');
    await people.shot(head, 'code-to-hand-over');
    await press(waiting, `Pokaż kod: ${PERSON.name}`);
    const dialog = head.getByRole('dialog', { name: `Pokazać kod dla: ${PERSON.name}?` });
    await press(dialog, 'Pokaż kod');
    const shown = head.getByRole('dialog', { name: `Kod dla: ${PERSON.name}` });
    const words = await shown.getByText(/^[2-9A-Z]{4}(-[2-9A-Z]{4}){3}$/).innerText();
    await people.shot(head, 'code-shown');
    await press(shown, 'Kod przekazany, zamknij');
    await expect(head.getByText(words)).toHaveCount(0);
    await expect(waiting).toContainText('Kod pokazano');
    return words;
  });

  const page = await people.open(PERSON.userName, { device: 'phone', signedIn: false });
  await test.step('she sets her password with it and is in', async () => {
    await press(page, 'Mam kod jednorazowy');
    await people.shot(page, 'code-form');
    await expectNoSideScroll(page);
    await press(page, 'Ustaw hasło i zaloguj się');
    await expect(page.getByText('Wpisz kod jednorazowy.')).toBeVisible();
    await text(page, 'Nazwa użytkownika').fill(PERSON.userName);
    await text(page, 'Kod jednorazowy').fill('AAAA-BBBB-CCCC-DDDD');
    await page.getByLabel('Nowe hasło', { exact: true }).fill(NEXT);
    await page.getByLabel('Nowe hasło jeszcze raz').fill(NEXT);
    await press(page, 'Ustaw hasło i zaloguj się');
    await expect(page.getByRole('alert')).toContainText('Kod jest nieprawidłowy');
    await people.shot(page, 'code-wrong');
    await text(page, 'Kod jednorazowy').fill(code.toLowerCase());
    await press(page, 'Ustaw hasło i zaloguj się');
    await expect(title(page, 'Dziś')).toBeVisible();
    await people.shot(page, 'code-used');
  });

  await test.step('the old password is gone, the code too', async () => {
    const again = await people.open(PERSON.userName, { signedIn: false });
    await signIn(again, PERSON.userName);
    await expect(again.getByRole('alert')).toContainText(/hasło/i);
    await signIn(again, PERSON.userName, NEXT);
    await expect(title(again, 'Dziś')).toBeVisible();
    await head.reload();
    await expect(head.getByRole('heading', { name: 'Obciążenie' })).toBeVisible();
    await expect(head.getByText(PERSON.userName)).toHaveCount(0);
  });

  await test.step('the audit names who asked and who saw the code', async () => {
    await admin.getByRole('link', { name: 'Dziennik' }).click();
    await expect(admin.getByRole('row', { name: /Kod do hasła pokazany.*Ewa Sikora.*Krystyna Dudek/ })).toBeVisible();
    await people.shot(admin, 'code-audit');
  });
});

test('A passkey: added on her own page, then the only thing she needs to sign in', async ({ people }) => {
  const page = await people.open('specialist', { named: true });
  const device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto('/konto');
  await press(page, 'Dodaj klucz dostępu');
  const dialog = page.getByRole('dialog', { name: 'Dodaj klucz dostępu' });
  await text(dialog, 'Nazwa klucza').fill('Telefon służbowy');
  await text(dialog, 'Obecne hasło').fill('specialist');
  await press(dialog, 'Dodaj klucz');
  await expect(page.getByText('Klucz dostępu dodany.')).toBeVisible();
  await expect(page.getByText('Telefon służbowy')).toBeVisible();
  await people.shot(page, 'passkey-added');

  await press(page, /^Grażyna Bąk.*konto$/);
  await page.getByRole('menuitem', { name: 'Wyloguj' }).click();
  await expect(title(page, 'Zaloguj się')).toBeVisible();
  await people.shot(page, 'passkey-sign-in');
  await press(page, 'Użyj klucza dostępu');
  await expect(title(page, 'Dziś')).toBeVisible();
  await expect(page.getByRole('button', { name: /Grażyna Bąk/ })).toBeVisible();
  await people.shot(page, 'passkey-signed-in');
});
