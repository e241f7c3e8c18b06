/** People at their screens. Whatever a test does, its pages stay on this machine, keep their policy and complain of nothing. */
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { passwordOf } from './centre';

export { expect };

const SCREENS = resolve(import.meta.dirname, '../artefacts/screens');
const DEVICES = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
} as const;
export type Device = keyof typeof DEVICES;
/** `named`: by the name of this machine, as passkeys want it, not by its number. */
type Choice = { device?: Device; colorScheme?: 'light' | 'dark'; signedIn?: boolean; named?: boolean };

type People = {
  /** A browser of this person, signed in, where she begins: on Dziś, an administrator at the accounts. */
  open: (userName: string, choice?: Choice) => Promise<Page>;
  /** This test cuts the connection, so the browser reports requests that failed for it. */
  mayLoseConnection: () => void;
  /** Full page, kept as an artefact. */
  shot: (page: Page, name: string) => Promise<void>;
};

/** Refusals are answers of the interface, each shown to the person in words; the browser reports them all the same. */
const isAnswer = (text: string) => /^Failed to load resource: the server responded with a status of 4\d\d/.test(text);
const isOffline = (text: string) => /net::ERR_INTERNET_DISCONNECTED/.test(text);

function watch(context: BrowserContext, findings: string[], lost: { allowed: boolean }) {
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const local = ['data:', 'blob:', 'about:'].includes(protocol) || ['127.0.0.1', 'localhost'].includes(hostname);
    if (!local) findings.push(`A request left this machine: ${request.url()}`);
  });
  context.on('response', (answer) => {
    if (answer.status() >= 500 && answer.status() !== 501) findings.push(`${answer.status()} ${answer.url()}`);
  });
  context.on('console', (message) => {
    const text = message.text();
    // The preview of a message runs no script; the one that is refused there is Playwright's own, taking a picture.
    if (text.startsWith("Blocked script execution in 'about:srcdoc'")) return;
    if (message.type() !== 'error' || isAnswer(text) || (lost.allowed && isOffline(text))) return;
    findings.push(`Console of ${message.page()?.url()}: ${text}`);
  });
  context.on('weberror', (problem) => findings.push(`Uncaught: ${problem.error().stack}`));
  return context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`Content security policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
}

export const test = base.extend<{ people: People }>({
  people: async ({ browser }, use, info) => {
    const contexts: BrowserContext[] = [];
    const findings: string[] = [];
    const lost = { allowed: false };
    const shot = async (page: Page, name: string) => {
      // The screen grows to the page: a bar fixed to its edge would otherwise lie across the middle of the picture.
      const size = page.viewportSize() ?? DEVICES.desktop.viewport;
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ ...size, height: Math.max(size.height, height) });
      await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true, animations: 'disabled' });
      await page.setViewportSize(size);
    };
    await use({
      open: async (
        userName,
        { device = 'desktop', colorScheme = 'light', signedIn = true, named = false } = {},
      ) => {
        const address = process.env['CENTRE_URL'] ?? '';
        const context = await browser.newContext({
          ...DEVICES[device],
          baseURL: named ? address.replace('127.0.0.1', 'localhost') : address,
          colorScheme,
          locale: 'pl-PL',
          timezoneId: 'Europe/Warsaw',
          reducedMotion: 'reduce',
          acceptDownloads: true,
        });
        contexts.push(context);
        await watch(context, findings, lost);
        if (signedIn) await signInQuietly(context, userName);
        const page = await context.newPage();
        await page.goto('/');
        const first = !signedIn ? 'Zaloguj się' : userName === 'admin' ? 'Konta' : 'Dziś';
        await expect(page.getByRole('heading', { level: 1, name: first })).toBeVisible();
        return page;
      },
      mayLoseConnection: () => (lost.allowed = true),
      shot,
    });
    if (info.status !== info.expectedStatus) {
      const pages = contexts.flatMap((context) => context.pages());
      for (const [index, page] of pages.entries()) await shot(page, `failed-${info.title.slice(0, 40)}-${index}`);
    }
    for (const context of contexts) await context.close();
    expect(findings, 'requests, policy and console of every page').toEqual([]);
  },
});

/** The same door the sign-in page uses; the page itself has tests of its own. */
async function signInQuietly(context: BrowserContext, userName: string): Promise<void> {
  const answer = await context.request.post('/api/session', {
    headers: { 'X-Requested-With': 'WorkflowHost' },
    data: { userName, password: passwordOf(userName) },
  });
  expect(answer.status(), `${userName} signs in`).toBe(200);
}

export async function signIn(page: Page, userName: string, password = passwordOf(userName)): Promise<void> {
  await page.getByRole('textbox', { name: 'Nazwa użytkownika' }).fill(userName);
  await page.getByRole('textbox', { name: 'Hasło' }).fill(password);
  await page.getByRole('button', { name: 'Zaloguj się', exact: true }).click();
}

export const title = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
export const press = (within: Page | Locator, name: string | RegExp) =>
  within.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name }).click();
/** An optional answer says so behind its label. */
export const text = (within: Page | Locator, label: string) =>
  within.getByRole('textbox', { name: new RegExp(`^${label}( \\(nieobowiązkowe\\))?$`) });
export const group = (within: Page | Locator, name: string) => within.getByRole('group', { name, exact: true });
/** A day or an hour: a native field of the browser, which has no role of its own. */
export const day = (within: Page | Locator, label: string) => within.getByLabel(label, { exact: true });

export async function openTask(page: Page, taskKey: string, name: string): Promise<void> {
  await page.goto(`/zadania/${taskKey}`);
  await expect(title(page, name)).toBeVisible();
}

/** Goes on with Tab until the focus is where it is wanted; never further than a page has places. */
export async function tabTo(page: Page, wanted: Locator, back = false): Promise<void> {
  for (let place = 0; place < 250; place += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
  }
  const focused = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
  throw new Error(`Tab never came to ${String(wanted)}; the focus is on: ${focused}`);
}

/** Opens a part of a long form from the list of its parts. */
export async function openPart(page: Page, name: string): Promise<void> {
  await press(page.getByRole('navigation', { name: 'Części formularza' }), new RegExp(`^Część \\d+: ${name}, `));
  await expect(partTitle(page, name)).toBeFocused();
}

export const partTitle = (page: Page, name: string) =>
  page.getByRole('heading', { level: 2, name: new RegExp(`^Część \\d+ z \\d+: ${name}$`) });

const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/**
 * Nothing that axe knows of WCAG 2.1 A and AA, inside the editors of bpmn-js, form-js and dmn-js, too. Symbols that
 * bpmn-js draws have no roles, which axe does not ask for: the table of steps says the same in words.
 */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(LEVELS).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.any[0]?.message ?? ''}`).join('\n')}`,
  );
  expect(found, `${where}, ${page.url()}`).toEqual([]);
}

/** Nothing is wider than the screen of a phone. */
export async function expectNoSideScroll(page: Page): Promise<void> {
  const widest = await page.evaluate(() => ({
    page: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(widest.page, `width of ${page.url()}`).toBeLessThanOrEqual(widest.screen);
}
