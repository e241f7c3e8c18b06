import { readFileSync } from 'node:fs';
import { caseUpTo, complete, answersOf, taskOf, TODAY } from '../support/centre';
import { day, expect, group, openTask, press, test, text, title } from '../support/test';

const family = { familyNames: 'Justyna Dąb', address: 'ul. Krótka 1, Kęty', children: [{ name: 'Zosia', age: 6 }] };

test('The assistant: a visit written down, a late entry, a document on paper', async ({ people }) => {
  const caseNo = await caseUpTo('draft-plan', family);
  const page = await people.open('assistant', { device: 'phone' });
  await expect(page.getByRole('link', { name: new RegExp(`Ułóż plan razem z rodziną.*${caseNo}`) })).toBeVisible();
  await people.shot(page, 'assistant-today');

  await test.step('writes the card of a visit', async () => {
    await page.getByRole('link', { name: new RegExp(`Odwiedź rodzinę i wypełnij kartę.*${caseNo}`) }).click();
    await expect(title(page, 'Odwiedź rodzinę i wypełnij kartę')).toBeVisible();
    for (const [name, hour] of [['Początek wizyty', '08:00'], ['Koniec wizyty', '09:00']] as const) {
      await day(group(page, name), 'Data').fill(TODAY);
      await day(group(page, name), 'Godzina').fill(hour);
    }
    await page.getByRole('radio', { name: 'Dom rodziny' }).check();
    await press(page, 'Dalej: Przebieg');
    await text(group(page, 'Obecni, Pozycja 1'), 'Osoba').fill('Justyna Dąb');
    await press(page, /^Dodaj pozycję.*Obecni/);
    await text(group(page, 'Obecni, Pozycja 2'), 'Osoba').fill('Zosia');
    await page.getByRole('checkbox', { name: 'Wychowanie i opieka' }).check();
    await text(page, 'Co zrobiono od ostatniej wizyty').fill('Zosia chodzi do szkoły codziennie.');
    await text(page, 'Zadania rodziny').fill('Wizyta u pediatry.');
    await text(page, 'Zadania asystenta').fill('Kontakt ze szkołą.');
    await people.shot(page, 'assistant-visit-part');
    await press(page, 'Dalej: Ocena i dziecko');
    await text(page, 'Postęp w celach \\(1-5\\)').fill('3');
    await page.getByRole('checkbox', { name: 'Widziano dziecko' }).check();
    await press(page, 'Dalej: Podpisy');
    const hers = group(page, 'Podpis asystenta');
    const signature = [['Imię i nazwisko', 'Celina Maj'], ['Funkcja', 'asystent rodziny']] as const;
    for (const [label, words] of signature) await text(hers, label).fill(words);
    await text(hers, 'Miejsce albo pieczęć elektroniczna').fill('Kęty');
    await day(hers, 'Data podpisu').fill(TODAY);
    await people.shot(page, 'assistant-visit');
    await press(page, 'Zakończ zadanie');
    await expect(title(page, 'Zrobione')).toBeVisible();
    await people.shot(page, 'assistant-receipt');
  });

  await test.step('writes down what happened last week', async () => {
    await page.getByRole('link', { name: 'Zobacz sprawę' }).click();
    await expect(title(page, /^Rodzina D\./i)).toBeVisible();
    await press(page, 'Dodaj wpis');
    const dialog = page.getByRole('dialog', { name: 'Dodaj wpis do sprawy' });
    await day(dialog, 'Kiedy to było').fill('2026-11-05');
    await dialog.getByRole('combobox', { name: 'Czego dotyczy' }).selectOption('Rozmowa lub telefon');
    await text(dialog, 'Co się stało').fill('Telefon ze szkoły: Zosia ma dobry tydzień.');
    await people.shot(page, 'assistant-late-entry');
    await press(dialog, 'Dodaj wpis');
    await expect(page.getByText('Wpis jest w sprawie.')).toBeVisible();
    await page.getByRole('link', { name: 'Wpisy', exact: true }).click();
    await expect(page.getByText(/5 listopada.*\(wpisano .*\)/).first()).toBeVisible();
    await people.shot(page, 'assistant-timeline');
  });

  await test.step('prints the card and saves it for Word', async () => {
    await page.getByRole('link', { name: /^Dokumenty/ }).click();
    await people.shot(page, 'assistant-papers');
    await page.getByRole('link', { name: 'Karta wizyty' }).first().click();
    await expect(title(page, 'Karta wizyty')).toBeVisible();
    await expect(page.getByText('Zosia chodzi do szkoły codziennie.')).toBeVisible();
    await people.shot(page, 'assistant-document');
    const shown = page.waitForEvent('popup');
    await press(page, /^Drukuj/);
    const paper = await shown;
    await expect(paper.getByText('Zosia chodzi do szkoły codziennie.')).toBeVisible();
    await people.shot(paper, 'assistant-print');
    await paper.close();
    const saved = page.waitForEvent('download');
    await press(page, /^Zapisz jako Word/);
    const file = await saved;
    expect(file.suggestedFilename()).toMatch(new RegExp(`^${caseNo}-\\d+\\.docx$`));
    expect(readFileSync(await file.path()).subarray(0, 2).toString()).toBe('PK');
  });

  await test.step('saves it as PDF', async () => {
    const saved = page.waitForEvent('download');
    await press(page, /^Zapisz jako PDF/);
    const file = await saved;
    expect(file.suggestedFilename()).toMatch(new RegExp(`^${caseNo}-\\d+\\.pdf$`));
    expect(readFileSync(await file.path()).subarray(0, 5).toString()).toBe('%PDF-');
  });
});

test('The assistant: protects a child from a task in two presses, and her words stay', async ({ people }) => {
  const caseNo = await caseUpTo('diagnose-family', { ...family, familyNames: 'Iga Lis' });
  const task = await taskOf('assistant', caseNo, 'diagnose-family');
  const page = await people.open('assistant', { device: 'phone' });
  await openTask(page, task.taskKey, task.name);
  await text(page, 'Źródła trudności').fill('Utrata pracy ojca.');

  await press(page, 'Chroń dziecko');
  const dialog = page.getByRole('alertdialog', { name: 'Chroń dziecko' });
  await expect(dialog.getByText(/najpierw zadzwoń pod 112/)).toBeVisible();
  await people.shot(page, 'assistant-protect');
  await press(dialog, 'Rozpocznij działania');
  await expect(page.getByText('Działania chroniące dziecko rozpoczęte.')).toBeVisible();
  await expect(page).toHaveURL(/\/zadania\/\d+$/);
  await expect(page.getByRole('button', { name: 'Zakończ zadanie' })).toBeVisible();
  await people.shot(page, 'assistant-protect-task');

  await openTask(page, task.taskKey, task.name);
  await expect(text(page, 'Źródła trudności')).toHaveValue('Utrata pracy ojca.');
  await complete('assistant', task.taskKey, answersOf('diagnose-family'));
});
