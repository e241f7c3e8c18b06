/** A decision straight from a message: on a phone, without script, in two clicks; and a machine that presses everything. */
import { createHmac } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from '@playwright/test';
import { test as base, expect } from '@playwright/test';
import { caseUpTo, pinClock, taskOf } from '../support/centre';
import { freePort, PRODUCT, spawnHost } from '../support/host';
import { startMailServer, type Mail, type MailServer } from '../support/mail';
import { expectAccessible, expectNoSideScroll, title } from '../support/test';

const SCREENS = resolve(import.meta.dirname, '../artefacts/screens');
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } as const;
const family = { familyNames: 'Irena Kosa', address: 'ul. Młyńska 4, Kęty', children: [{ name: 'Jan', age: 9 }] };

// The product as it is, with a mail server: the links are those of the messages that came.
let mails: MailServer | undefined;
let stop: (() => Promise<void>) | undefined;
let centre: string | undefined;

const test = base;
test.beforeAll(async () => {
  test.setTimeout(180_000);
  mails = await startMailServer();
  const address = `http://127.0.0.1:${await freePort()}`;
  const host = await spawnHost(PRODUCT, 'approval-host.log', {
    ...mails.settings,
    ASPNETCORE_URLS: address,
    PublicBaseUrl: address,
  });
  stop = host.stop;
  centre = process.env['CENTRE_URL'];
  process.env['CENTRE_URL'] = host.address;
  await pinClock('2026-11-09T09:30:00');
});
test.afterAll(async () => {
  process.env['CENTRE_URL'] = centre;
  await stop?.();
  mails?.stop();
});

type Waiting = { caseNo: string; taskKey: string; mail: Mail; link: string };

/** What the messages call the steps. */
const CALLED = { 'check-request': 'Sprawdzenie wniosku', 'decide-assignment': 'Przydziel asystenta' } as const;

/** A request of a social worker that waits for the head, and the link her message holds. */
async function waiting(elementId: keyof typeof CALLED = 'check-request'): Promise<Waiting> {
  const caseNo = await caseUpTo(elementId, family);
  const { taskKey } = await taskOf('head', caseNo, elementId);
  const mail = await mails!.find('head', caseNo, CALLED[elementId]);
  const link = new RegExp(`${process.env['CENTRE_URL']}/a/[\\w-]{43}`).exec(mail.html)?.[0];
  if (link === undefined) throw new Error(`No link in the message:\n${mail.html}`);
  return { caseNo, taskKey, mail, link };
}

async function contextOf(browser: Browser, options: BrowserContextOptions, user?: string): Promise<BrowserContext> {
  const context = await browser.newContext({ ...options, baseURL: process.env['CENTRE_URL'], locale: 'pl-PL' });
  if (user === undefined) return context;
  const answer = await context.request.post('/api/session', {
    headers: { 'X-Requested-With': 'WorkflowHost' },
    data: { userName: user, password: user },
  });
  expect(answer.status()).toBe(200);
  return context;
}

/** The mail program of the person: a page of somebody else that shows the message. */
const shown = (mail: Mail) => `data:text/html;charset=utf-8,${encodeURIComponent(mail.html)}`;

async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENS, `approval-${name}.png`), fullPage: true, animations: 'disabled' });
}

test('From the message to the decision: two clicks, no script, 360 px', async ({ browser }) => {
  test.setTimeout(300_000);
  const { caseNo, mail, link } = await waiting();
  const context = await contextOf(browser, { ...PHONE, javaScriptEnabled: false }, 'head');
  const page = await context.newPage();
  await page.goto(shown(mail));
  await shot(page, 'message-360');
  let clicks = 0;
  const click = async (what: Locator) => {
    clicks += 1;
    // The machine that runs the tests may be busy; what is counted are the presses.
    await what.click({ timeout: 60_000 });
  };
  await click(page.locator(`a[href="${link}"]`));
  await expect(title(page, /^Sprawdź kompletność wniosku/)).toBeVisible();
  await expect(page.getByText(caseNo).first()).toBeVisible();
  await expect(page.getByText('Akceptacja kroku – nie jest to podpis pod decyzją.')).toBeVisible();
  await shot(page, 'no-script-360');
  await click(page.getByRole('button', { name: 'Uznaj za kompletny', exact: true }));
  await expect(title(page, 'Decyzja zapisana')).toBeVisible();
  expect(clicks).toBe(2);
  await expect(page.getByText('Zaproponuj asystenta').first()).toBeVisible();
  await shot(page, 'receipt-360');
  await page.goto(link);
  await expect(title(page, 'Decyzja zapisana')).toBeVisible();
  await context.close();
  expect((await taskOf('team_lead', caseNo, 'propose-assistant')).name).toBe('Zaproponuj asystenta');
});

test('A return without script: the reason first, and no word is lost', async ({ browser }) => {
  test.setTimeout(300_000);
  const { caseNo, link } = await waiting();
  const context = await contextOf(browser, { ...PHONE, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(link);
  await expect(title(page, 'Zaloguj się')).toBeVisible();
  await expect(page.locator('body')).not.toContainText(caseNo);
  await shot(page, 'sign-in-360');
  await page.getByLabel('Nazwa użytkownika').fill('head');
  await page.getByLabel('Hasło').fill('head');
  await page.getByRole('button', { name: 'Zaloguj się' }).click();
  await expect(title(page, /^Sprawdź kompletność wniosku/)).toBeVisible();
  await page.locator('summary', { hasText: 'Zwróć do poprawy' }).click();
  await page.getByLabel('Co trzeba uzupełnić').fill('Brakuje zgody ojca.');
  await shot(page, 'return-360');
  await page.getByRole('button', { name: 'Zwróć do poprawy', exact: true }).click();
  await expect(title(page, 'Decyzja zapisana')).toBeVisible();
  await expect(page.getByText('Uzupełnij wniosek').first()).toBeVisible();
  await context.close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`Every page behind a link is accessible, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(600_000);
    const normal = await waiting();
    const high = await waiting('decide-assignment');
    const stranger = await (await contextOf(browser, { ...PHONE, colorScheme })).newPage();
    await stranger.goto(normal.link);
    await expectAccessible(stranger, 'sign-in');
    await expectNoSideScroll(stranger);
    const context = await contextOf(browser, { ...PHONE, colorScheme }, 'head');
    const page = await context.newPage();
    await page.goto(normal.link);
    await expectAccessible(page, 'question');
    await expectNoSideScroll(page);
    await shot(page, `question-${colorScheme}`);
    await page.goto(high.link);
    await expectAccessible(page, 'question of class high');
    await expectNoSideScroll(page);
    await shot(page, `high-${colorScheme}`);
    await page.getByRole('button', { name: 'Przydziel asystenta', exact: true }).click();
    await expect(title(page, 'Potwierdź, że to Ty')).toBeVisible();
    await expectAccessible(page, 'proof');
    await shot(page, `proof-${colorScheme}`);
    const desk = await (
      await contextOf(browser, { viewport: { width: 1280, height: 800 }, colorScheme }, 'head')
    ).newPage();
    await desk.goto(normal.link);
    await shot(desk, `question-1280-${colorScheme}`);
    await page.goto(normal.link);
    await page.getByRole('button', { name: 'Uznaj za kompletny', exact: true }).click();
    await expect(title(page, 'Decyzja zapisana')).toBeVisible();
    await expectAccessible(page, 'receipt');
    await shot(page, `receipt-${colorScheme}`);
    await page.goto(`${process.env['CENTRE_URL']}/a/${'x'.repeat(43)}`);
    await expectAccessible(page, 'unknown link');
    for (const open of [context, stranger.context(), desk.context()]) await open.close();
  });
}

test('A scanner of links that runs scripts, presses and submits everything changes nothing', async ({ browser }) => {
  test.setTimeout(300_000);
  const { caseNo, taskKey, link } = await waiting();
  const context = await contextOf(browser, {});
  const page = await context.newPage();
  // What was pressed a moment ago may still be on its way.
  const open = () => expect(() => page.goto(link)).toPass({ timeout: 60_000 });
  for (let round = 0; round < 2; round += 1) {
    await open();
    for (const button of await page.locator('button, summary, [role=button]').all()) {
      await button.evaluate((element) => (element as HTMLElement).click());
      await page.waitForLoadState('networkidle');
      await open();
    }
    for (let form = 0; form < (await page.locator('form').count()); form += 1) {
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page
        .locator('form')
        .nth(form)
        .evaluate((element) => {
          const sent = element as HTMLFormElement;
          for (const field of sent.querySelectorAll('input, textarea')) {
            const given = field as HTMLInputElement;
            if (given.type !== 'hidden') given.value = 'head';
          }
          for (const [name, value] of [
            ['decision', 'approve'],
            ['comment', 'Zatwierdzam'],
            ['version', '1.x'],
          ] as const) {
            const extra = document.createElement('input');
            Object.assign(extra, { type: 'hidden', name, value });
            sent.append(extra);
          }
          // What scanners type is no password of anybody.
          const password = sent.querySelector<HTMLInputElement>('[type=password]');
          if (password !== null) password.value = 'Passw0rd!';
          HTMLFormElement.prototype.submit.call(sent);
        });
      await answered;
      await open();
    }
  }
  const answer = await context.request.post(link, { form: { decision: 'approve', comment: 'tak', version: '1.x' } });
  expect(answer.status()).toBe(401);
  await context.close();
  expect((await taskOf('head', caseNo, 'check-request')).taskKey).toBe(taskKey);
});

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;

/** What an application in a phone shows for this key (RFC 6238: SHA-1, 30 seconds, six digits). */
function codeOf(key: string, at = Date.now()): string {
  const bits = [...key.replace(/[^A-Z2-7]/gi, '').toUpperCase()]
    .map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / STEP_MS)));
  const hash = createHmac('sha1', secret).update(counter).digest();
  const from = hash.at(-1)! & 0xf;
  return String((hash.readUInt32BE(from) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

test('Codes from the phone are switched on at the account and carry a decision of class high', async ({ browser }) => {
  test.setTimeout(600_000);
  const { caseNo, link } = await waiting('decide-assignment');
  const context = await contextOf(browser, PHONE, 'head');
  const page = await context.newPage();
  await page.goto('/konto');
  await page.getByRole('button', { name: 'Włącz kody z telefonu' }).click();
  const dialog = page.getByRole('dialog', { name: 'Włącz kody z telefonu' });
  await dialog.getByLabel('Obecne hasło').fill('head');
  await dialog.getByRole('button', { name: 'Dalej', exact: true }).click();
  const key = await dialog.getByText(/^(?:[A-Z2-7]{4} ?){8}$/).innerText();
  await shot(page, 'codes-key');
  await dialog.getByLabel('Kod z aplikacji').fill('000000');
  await dialog.getByRole('button', { name: 'Włącz kody' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  const first = codeOf(key);
  await dialog.getByLabel('Kod z aplikacji').fill(first);
  await dialog.getByRole('button', { name: 'Włącz kody' }).click();
  const spare = page.getByRole('dialog', { name: 'Kody zapasowe' });
  await expect(spare).toBeVisible();
  await expectAccessible(page, 'spare codes');
  await expectNoSideScroll(page);
  await spare.getByRole('button', { name: 'Kody są zapisane' }).click();
  await expect(page.getByText(/^Włączone\./)).toBeVisible();
  await shot(page, 'codes-on');

  await page.goto(link);
  await page.getByRole('button', { name: 'Przydziel asystenta', exact: true }).click();
  await expect(title(page, 'Potwierdź, że to Ty')).toBeVisible();
  const code = page.getByLabel('Kod z aplikacji w telefonie');
  const password = page.getByLabel('Hasło');
  const decide = async (given: string) => {
    if ((await password.count()) > 0) await password.fill('head');
    await code.fill(given);
    await page.getByRole('button', { name: 'Przydziel asystenta', exact: true }).click();
  };
  await shot(page, 'codes-proof');
  await expectAccessible(page, 'proof with a code');
  await expectNoSideScroll(page);
  await decide('000000');
  await expect(title(page, 'Potwierdź, że to Ty')).toBeVisible();
  expect((await taskOf('head', caseNo, 'decide-assignment')).name).toBe('Przydziel asystenta');
  // A code works once: the next one is shown by the application when its time comes.
  let next = first;
  await expect(() => expect((next = codeOf(key))).not.toBe(first)).toPass({ timeout: STEP_MS + 5000 });
  await decide(next);
  await expect(title(page, 'Decyzja zapisana')).toBeVisible();
  await shot(page, 'codes-receipt');
  await context.close();
});
