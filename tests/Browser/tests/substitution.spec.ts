import { answersOf, ask, caseUpTo, SECOND_WORKER, taskOf } from '../support/centre';
import { expect, press, test, text, title } from '../support/test';

const family = { familyNames: 'Teresa Dąb', address: 'ul. Boczna 7, Kęty', children: [{ name: 'Iga', age: 6 }] };

test('A substitution: asked, refused with a reason, asked again; the substitute completes, both stand in the history', async ({
  people,
}) => {
  test.setTimeout(120_000);
  const caseNo = await caseUpTo('gather-information', family);
  const days = { from: '2026-11-09', to: '2026-11-09', substitute: SECOND_WORKER.userName, scope: 'all' };
  await ask('social_worker', 'POST', '/api/absences', days);

  const lead = await people.open('team_lead');
  await test.step('the coordinator refuses and says why', async () => {
    await lead.getByRole('link', { name: 'Zespół', exact: true }).click();
    const requests = lead.getByRole('region', { name: 'Prośby o zastępstwo' });
    await expect(requests).toContainText('Anna Zielińska');
    await press(requests, 'Odmów');
    const dialog = lead.getByRole('dialog', { name: 'Odmówić?' });
    await press(dialog, 'Odmów');
    await expect(dialog.getByText('Napisz powód. Zostanie w historii.')).toBeVisible();
    await text(dialog, 'Powód').fill('Tego dnia jest posiedzenie zespołu.');
    await people.shot(lead, 'absence-refused');
    await press(dialog, 'Odmów');
    await expect(lead.getByText('Odmowa zapisana.')).toBeVisible();
  });

  const worker = await people.open('social_worker');
  await test.step('who asked reads the reason and asks again', async () => {
    await worker.getByRole('link', { name: 'Zespół', exact: true }).click();
    const row = worker.getByRole('row', { name: /Anna Zielińska.*Odmowa/ });
    await expect(row).toContainText('Tego dnia jest posiedzenie zespołu.');
    await people.shot(worker, 'absence-refused-seen');
    await ask('social_worker', 'POST', '/api/absences', days);
    await lead.reload();
    await press(lead.getByRole('region', { name: 'Prośby o zastępstwo' }), 'Przyjmij zastępstwo');
    await expect(lead.getByText('Zastępstwo przyjęte.')).toBeVisible();
  });

  const { taskKey, name } = await taskOf('social_worker', caseNo, 'gather-information');
  const page = await people.open(SECOND_WORKER.userName);
  await test.step('the substitute finds the task and completes it in her place', async () => {
    await press(page, /^Zastępuję: Anna Zielińska/);
    await expect(page.getByRole('link', { name: new RegExp(`${name}.*${caseNo}`) })).toBeVisible();
    await people.shot(page, 'substitute-today');
    await ask(SECOND_WORKER.userName, 'PUT', `/api/tasks/${taskKey}/draft`, {
      content: answersOf('gather-information'),
      revision: 0,
    });
    await page.getByRole('link', { name: new RegExp(`${name}.*${caseNo}`) }).click();
    await expect(title(page, name)).toBeVisible();
    await expect(page.getByText('zastępujesz: Anna Zielińska, pracownik socjalny')).toBeVisible();
    await people.shot(page, 'substitute-task');
    await press(page, 'Zakończ zadanie');
    await expect(title(page, 'Zrobione')).toBeVisible();
  });

  await test.step('both names stand in the history of the case', async () => {
    await lead.goto(`/sprawy/${caseNo}/wpisy`);
    const entry = lead.getByRole('listitem').filter({ hasText: name }).filter({ hasText: 'Marta Wrona' }).first();
    await expect(entry).toContainText('Anna Zielińska');
    await people.shot(lead, 'substitute-history');
  });

  await test.step('the coordinator gives the next task to the substitute, with a reason', async () => {
    const next = await taskOf('social_worker', caseNo, 'analyse-situation');
    await lead.goto(`/zadania/${next.taskKey}`);
    await press(lead, 'Przekaż innej osobie');
    const dialog = lead.getByRole('dialog', { name: 'Przekaż zadanie innej osobie' });
    const who = dialog.getByRole('combobox', { name: 'Kto przejmie zadanie' });
    await expect(who.getByRole('option', { name: /asystent rodziny/ })).toHaveCount(0);
    await who.selectOption(SECOND_WORKER.name);
    await text(dialog, 'Powód').fill('Zna rodzinę z ubiegłego roku.');
    await people.shot(lead, 'reassign-task');
    await press(dialog, 'Przekaż zadanie');
    await expect(lead.getByText('Zadanie przekazane.')).toBeVisible();
    await taskOf(SECOND_WORKER.userName, caseNo, 'analyse-situation');
  });

  await test.step('her families are a list in the team', async () => {
    await lead.goto('/zespol');
    await people.shot(lead, 'team-roles-once');
    await lead.getByRole('link', { name: /^Anna Zielińska/ }).click();
    await expect(title(lead, /^Anna Zielińska/)).toBeVisible();
    await expect(lead.getByRole('link', { name: new RegExp(caseNo) })).toBeVisible();
    await people.shot(lead, 'team-member');
  });

  const absence = (await ask<{ absences: { id: string; state: string; person: { userName: string } }[] }>(
    'head', 'GET', '/api/team',
  )).absences.find((one) => one.state === 'accepted' && one.person.userName === 'social_worker');
  await ask('head', 'POST', `/api/absences/${absence?.id}/end`);
});
