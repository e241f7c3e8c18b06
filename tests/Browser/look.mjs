import { chromium } from 'playwright-core';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const ctx = await b.newContext({ baseURL: 'http://127.0.0.1:5099', viewport: { width: 1280, height: 900 }, locale: 'pl-PL', timezoneId: 'Europe/Warsaw' });
const p = await ctx.newPage();
p.on('console', (m) => m.type() === 'error' && console.log('CONSOLE', m.text().slice(0, 300)));
p.on('pageerror', (e) => console.log('ERR', e.message));
const shot = (n) => p.screenshot({ path: `/tmp/look/${n}.png` });
await p.goto('/');
await p.getByLabel('Nazwa użytkownika').or(p.locator('input[name=userName], input[autocomplete=username]')).first().fill('admin');
await p.locator('input[type=password]').first().fill('admin');
await p.keyboard.press('Enter');
await p.waitForTimeout(3000);
await p.goto('/procedury'); await p.waitForTimeout(2000); await shot('1-list');
await p.goto('/procedury/interview-analysis'); await p.waitForTimeout(3000); await shot('2-procedure');
await p.goto('/procedury/interview-analysis/edycja'); await p.waitForTimeout(6000); await shot('3-editor');
for (const [i, tab] of (await p.getByRole('tab').all()).entries()) { const n = await tab.textContent(); console.log('tab', n); await tab.click(); await p.waitForTimeout(3500); await shot(`4-tab-${i}`); }
await b.close();
