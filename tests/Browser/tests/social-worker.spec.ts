import { answersOf, caseUpTo, taskOf, TODAY } from '../support/centre';
import {
  day,
  expect,
  expectNoSideScroll,
  group,
  openPart,
  partTitle,
  press,
  signIn,
  test,
  text,
  title,
} from '../support/test';

test('The social worker: her day on a phone, from signing in to who has the next step', async ({ people }) => {
  const family = { familyNames: 'Anna Wilk', address: 'ul. Lipowa 4, Kęty', children: [{ name: 'Jan', age: 8 }] };
  const caseNo = await caseUpTo('conduct-interview', family);
  const reported = await caseUpTo('triage-report', { ...family, familyNames: 'Maria Zięba' });
  const page = await people.open('social_worker', { device: 'phone', signedIn: false });
  await people.shot(page, 'phone-sign-in');

  await signIn(page, 'social_worker');
  await expect(title(page, 'Dziś')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Najbliższe dni' })).toBeVisible();
  await people.shot(page, 'phone-today');
  await expectNoSideScroll(page);

  await test.step('takes a task from the queue', async () => {
    await press(page, /^Kolejka/);
    await press(page, new RegExp(`^Biorę.*Oceń pilność.*${reported}`));
    await expect(page.getByText('Zadanie „Oceń pilność i bezpieczeństwo dziecka” jest Twoje.')).toBeVisible();
    await people.shot(page, 'phone-queue-claimed');
    await press(page, /^Moje/);
    const next = page.getByRole('region', { name: 'Najbliższe dni' });
    await expect(next.getByRole('link', { name: new RegExp(`Oceń pilność.*${reported}.*jutro`) })).toBeVisible();
  });

  await test.step('reads where the term comes from', async () => {
    await page.getByRole('link', { name: new RegExp(`Przeprowadź wywiad.*${caseNo}`) }).click();
    await expect(title(page, 'Przeprowadź wywiad')).toBeVisible();
    await page.getByText('Skąd ten termin?').click();
    await expect(page.getByRole('group').getByText(/Narodowe Święto Niepodległości/).first()).toBeVisible();
    await people.shot(page, 'phone-task-term');
    await expectNoSideScroll(page);
  });

  await test.step('fills the first part and leaves', async () => {
    await page.getByRole('radio', { name: 'Wywiad się odbył' }).check();
    await day(page, 'Data wizyty').fill(TODAY);
    await text(page, 'Miejsce').fill('Mieszkanie rodziny');
    await people.shot(page, 'phone-parts');
    await expectNoSideScroll(page);
    await press(page, 'Dalej: Informacje i osoby');
    await expect(partTitle(page, 'Informacje i osoby')).toBeFocused();
    await openPart(page, 'Rodzina i dochody');
    await text(page, 'Sytuacja osobista').fill('Matka wychowuje syna sama.');
    await text(page, 'Sytuacja rodzinna').focus();
    await expect(page.getByText(/^Zapisano \d+[:.]\d\d$/).first()).toBeVisible();
    await people.shot(page, 'phone-task-saved');
    await press(page, 'Dokończę później');
    await expect(title(page, 'Dziś')).toBeVisible();
    await expect(page.getByRole('link', { name: new RegExp(`Przeprowadź wywiad.*${caseNo}.*W trakcie`) })).toBeVisible();
  });

  await test.step('comes back, finds her words, attaches a photo, sees what is missing, completes', async () => {
    await page.getByRole('link', { name: new RegExp(`Przeprowadź wywiad.*${caseNo}`) }).click();
    // The first part with something left is open.
    await expect(partTitle(page, 'Informacje i osoby')).toBeVisible();
    await openPart(page, 'Rodzina i dochody');
    await expect(text(page, 'Sytuacja osobista')).toHaveValue('Matka wychowuje syna sama.');
    await openPart(page, 'Podpisy');
    await press(page, 'Zakończ zadanie');
    await expect(page.getByText(/^Popraw \d+ odpowied/)).toBeVisible();
    await people.shot(page, 'phone-task-errors');
    await page.getByRole('link', { name: /^Podpis pracownika socjalnego, Miejsce/ }).click();
    await expect(text(group(page, 'Podpis pracownika socjalnego'), 'Miejsce albo pieczęć elektroniczna')).toBeFocused();
    await page.getByRole('link', { name: 'Poinformowano o odpowiedzialności karnej: zaznacz, żeby potwierdzić.' }).click();
    await expect(partTitle(page, 'Informacje i osoby')).toBeVisible();

    await page.getByRole('checkbox', { name: 'Poinformowano o odpowiedzialności karnej' }).check();
    const clause = group(page, 'Kiedy przekazano klauzulę informacyjną');
    await day(clause, 'Data').fill(TODAY);
    await day(clause, 'Godzina').fill('08:15');
    await text(group(page, 'Osoby objęte wywiadem, Pozycja 1'), 'Imię i nazwisko').fill('Anna Wilk');
    await page.getByRole('combobox', { name: 'Część kwestionariusza' }).selectOption('Część I');
    await press(page, 'Dalej: Rodzina i dochody');
    const answers = answersOf('conduct-interview');
    const labels = {
      familySituation: 'Sytuacja rodzinna',
      incomeSituation: 'Sytuacja dochodowa',
      propertySituation: 'Sytuacja majątkowa',
      homeConditions: 'Warunki mieszkaniowe',
      childSituation: 'Sytuacja dziecka',
      findings: 'Ustalenia',
    };
    const begins: Record<string, string> = { homeConditions: 'Dom, zdrowie, dzieci', findings: 'Ustalenia' };
    for (const [name, label] of Object.entries(labels)) {
      if (begins[name] !== undefined) await press(page, `Dalej: ${begins[name]}`);
      await text(page, label).fill(String(answers[name]));
    }
    await press(page, 'Dalej: Podpisy');
    const hers = group(page, 'Podpis osoby, z którą przeprowadzono wywiad');
    await text(hers, 'Imię i nazwisko').fill('Anna Wilk');
    await text(hers, 'Funkcja').fill('matka');
    await hers.getByLabel(/^Data podpisu/).fill(TODAY);
    await text(hers, 'Miejsce albo pieczęć elektroniczna').fill('Kęty');
    await text(group(page, 'Podpis pracownika socjalnego'), 'Miejsce albo pieczęć elektroniczna').fill('Kęty');

    const camera = page.waitForEvent('filechooser');
    await press(page, 'Zrób zdjęcie');
    await (await camera).setFiles({ name: 'kuchnia.png', mimeType: 'image/png', buffer: await page.screenshot() });
    await expect(page.getByRole('link', { name: 'kuchnia.jpg' })).toBeVisible();
    await people.shot(page, 'phone-task-filled');
    await expectNoSideScroll(page);

    await press(page, 'Zakończ zadanie');
    await expect(title(page, 'Zrobione')).toBeVisible();
    const next = page.getByRole('region', { name: 'Co dalej' }).or(page.locator('section', { hasText: 'Co dalej' }));
    await expect(next.getByText('Zbierz informacje od instytucji').first()).toBeVisible();
    await expect(next.getByText(/Anna Zielińska/).first()).toBeVisible();
    await people.shot(page, 'phone-receipt');
    await expectNoSideScroll(page);
  });

  const following = await taskOf('social_worker', caseNo, 'gather-information');
  await page.getByRole('link', { name: /^Dalej: / }).click();
  await expect(page).toHaveURL(`/zadania/${following.taskKey}`);
});
