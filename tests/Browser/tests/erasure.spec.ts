/** The end of a file: a closed case is erased by two people after its retention; only its number is left. */
import type { Page } from '@playwright/test';
import { ask, pinClock } from '../support/centre';
import { ownCentre } from '../support/ownCentre';
import { expect, expectAccessible, expectNoSideScroll, press, test, text, title } from '../support/test';

const PROTOCOL = 'AK.421.3.2027';

// A centre of its own whose files need not be kept: the year of the end is enough.
ownCentre('erasure-host.log', { Cases__RetentionYears: '0' });

async function expectFit(page: Page, where: string): Promise<void> {
  await expectAccessible(page, where);
  await expectNoSideScroll(page);
}

type Instances = { items: { processInstanceKey: string; state: string }[] };

/** A case of November whose procedures have all ended. */
async function closedCase(): Promise<string> {
  await pinClock('2026-11-09T09:30:00');
  const { caseNo } = await ask<{ caseNo: string }>('clerk', 'POST', '/api/cases', { process: 'family-support' });
  const { items } = await ask<Instances>('demo', 'POST', '/v2/process-instances/search', {});
  for (const { processInstanceKey } of items.filter(({ state }) => state === 'ACTIVE')) {
    // Those below another end with it, and are gone when their turn comes.
    await ask('demo', 'POST', `/v2/process-instances/${processInstanceKey}/cancellation`).catch((problem: unknown) => {
      if (!/: 40[49] /.test(String(problem))) throw problem;
    });
  }
  return caseNo;
}

test('The head asks, a second person confirms, and of the case its number is left', async ({ people }) => {
  test.setTimeout(test.info().timeout * 4);
  const caseNo = await closedCase();
  const head = await people.open('head');
  const card = head.getByRole('region', { name: 'Usunięcie danych' });

  await test.step('before the day there is nothing to press', async () => {
    await head.goto(`/sprawy/${caseNo}`);
    await expect(card).toContainText('najwcześniej 1 stycznia 2027');
    await expect(card.getByRole('button')).toHaveCount(0);
  });

  await pinClock('2027-01-04T09:00:00');
  await test.step('the head asks with the protocol and a reason', async () => {
    await head.reload();
    await press(card, 'Poproś o usunięcie danych');
    const dialog = head.getByRole('dialog', { name: `Usunąć dane sprawy ${caseNo}?` });
    await expect(dialog.getByText('Tego nie da się cofnąć.')).toBeVisible();
    await press(dialog, 'Poproś o usunięcie danych');
    await expect(dialog.getByText('Wpisz numer protokołu brakowania.')).toBeVisible();
    await text(dialog, 'Numer protokołu brakowania').fill(PROTOCOL);
    await text(dialog, 'Powód').fill('Kategoria B10, zgoda archiwum');
    await people.shot(head, 'erasure-ask');
    await expectFit(head, 'the dialog of the head');
    await press(dialog, 'Poproś o usunięcie danych');
    await expect(card).toContainText(PROTOCOL);
    await expect(card.getByRole('button', { name: 'Usuń dane', exact: true })).toHaveCount(0);
    await people.shot(head, 'erasure-asked');
    await expectFit(head, 'the case of the head');
  });

  const lead = await people.open('team_lead', { device: 'phone', colorScheme: 'dark' });
  await test.step('the second person sees who asked and why, and confirms on a phone', async () => {
    await lead.goto(`/sprawy/${caseNo}`);
    const waiting = lead.getByRole('region', { name: 'Usunięcie danych' });
    await expect(waiting).toContainText('Ewa Sikora');
    await expect(waiting).toContainText('Kategoria B10, zgoda archiwum');
    await people.shot(lead, 'erasure-second');
    await expectFit(lead, 'the case of the second person');
    await press(waiting, 'Usuń dane');
    const dialog = lead.getByRole('dialog', { name: `Usunąć na zawsze dane sprawy ${caseNo}?` });
    await people.shot(lead, 'erasure-confirm');
    await expectFit(lead, 'the dialog of the second person');
    await press(dialog, 'Usuń na zawsze');
    await expect(title(lead, 'Dane usunięte')).toBeVisible();
    await expect(lead.getByText(caseNo).first()).toBeVisible();
    await people.shot(lead, 'erasure-done');
    await expectFit(lead, 'the erased case');
  });

  await test.step('nobody opens it any more; the list keeps the number', async () => {
    await head.reload();
    await expect(title(head, 'Dane usunięte')).toBeVisible();
    await head.goto('/sprawy?status=all');
    await expect(head.getByRole('row', { name: new RegExp(caseNo.replaceAll('.', '\\.')) })).toContainText(
      'dane usunięte',
      { ignoreCase: true },
    );
    await people.shot(head, 'erasure-list');
  });
});
