import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Debian's Chromium, or the one of the environment: Playwright's own build is never downloaded. */
const chromium = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
if (!existsSync(chromium)) {
  throw new Error(`There is no Chromium at ${chromium}. Install the package chromium or set CHROMIUM_PATH.`);
}

/** Every wait is this many times as long: a machine that builds something else meanwhile is slow, not wrong. */
const patience = Number(process.env['PATIENCE'] ?? 1);

export default defineConfig({
  testDir: 'tests',
  outputDir: 'artefacts/traces',
  globalSetup: './support/host.ts',
  reporter: [['./support/reporter.ts']],
  // One centre, one clock, one database: the days follow each other.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000 * patience,
  expect: { timeout: 10_000 * patience },
  use: {
    browserName: 'chromium',
    headless: true,
    locale: 'pl-PL',
    timezoneId: 'Europe/Warsaw',
    actionTimeout: 10_000 * patience,
    trace: { mode: 'retain-on-failure', screenshots: false, sources: false },
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--lang=pl-PL',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-dev-shm-usage',
      ],
    },
  },
});
