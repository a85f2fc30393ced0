import type { ListEntriesReply, RulesReply } from '@clickledger/contract';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { violations } from './axe.js';
import { launchBrowser, newPage } from './browser.js';
import { sendClicks } from './dashboard-fixtures.js';
import { getJson, newDataDir, removeDataDir, type ServerProcess, startServer } from './server-process.js';

/** Rules, lists and alerts, on the real system, in a browser. */
const dataDir = newDataDir();
let server: ServerProcess;
let browser: Browser;
let page: Page;
const pageErrors: string[] = [];
const rules = () => getJson<RulesReply>(`${server.url}/api/v1/fraud/rules`);

beforeAll(async () => {
  server = await startServer(dataDir, { WEBHOOK_PRIVATE_RANGES: '127.0.0.1' });
  browser = await launchBrowser();
  // Ten clicks of one user on ten ads: clean by the rules as they come.
  await sendClicks(server.url, 10, (i) => ({ ad_id: `ad-${i}`, user_id: 'busy' }));
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGTERM');
  removeDataDir(dataDir);
});
beforeEach(async () => {
  page = await newPage(browser);
  page.on('pageerror', (error) => pageErrors.push(error.message));
});
afterEach(async () => {
  await page.close();
  expect(pageErrors.splice(0)).toEqual([]);
});

it('a rule is changed, tried on the past, and saved as a new version', async () => {
  await page.goto(`${server.url}/fraud`);
  await page.getByTestId('to-rules').click();
  const row = page.getByTestId('rules-editor').locator('[data-rule="velocity_user"]');
  await row.locator('[data-field="count_max"]').fill('4');
  const before = await rules();

  await page.getByTestId('backtest').click();
  await page.getByTestId('backtest-result').getByText('6', { exact: true }).waitFor();
  expect((await rules()).version).toBe(before.version);

  await page.getByLabel('Why, for the history').fill('a stricter day');
  await page.getByTestId('save-rules').click();
  await page.getByTestId('unsaved').waitFor({ state: 'detached' });
  const after = await rules();
  expect(after.version).toBe(before.version + 1);
  expect(after.settings).toEqual({
    ...before.settings,
    velocity_user: { ...before.settings.velocity_user, count_max: 4 },
  });
  await page.getByTestId('rule-versions').getByText('a stricter day').waitFor();
});

it('a number that is none is refused in words, and nothing is saved', async () => {
  await page.goto(`${server.url}/fraud/rules`);
  const { version } = await rules();
  await page.locator('[data-rule="velocity_ip"] [data-field="count_max"]').fill('0');
  await page.getByTestId('save-rules').click();
  await page.getByTestId('unsaved').getByText('velocity_ip.count_max: At least 1').waitFor();
  expect((await rules()).version).toBe(version);
});

it('an address is blocked, and taken off again', async () => {
  const entries = async () => (await getJson<ListEntriesReply>(`${server.url}/api/v1/fraud/lists`)).data;
  await page.goto(`${server.url}/fraud/rules`);
  await page.getByLabel('Value').fill('203.0.113.0/24');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('[data-entry="203.0.113.0/24"]').waitFor();
  expect((await entries()).map(({ list, value }) => [list, value])).toEqual([['block', '203.0.113.0/24']]);
  await page.getByLabel('Take 203.0.113.0/24 off the list').click();
  await page.locator('[data-entry="203.0.113.0/24"]').waitFor({ state: 'detached' });
  expect(await entries()).toEqual([]);
});

it('a webhook is set, and its secret shown once', async () => {
  await page.goto(`${server.url}/fraud/rules`);
  // A button that moves between down and up is not clicked.
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
  await page.getByLabel('Webhook').fill('http://127.0.0.1:9/x');
  await page.getByRole('button', { name: 'Save webhook' }).click();
  await page.getByText('Its secret, shown only now').waitFor();
  await page.reload();
  await page.waitForFunction(
    () =>
      (document.querySelector('[aria-label="Webhook"]') as HTMLInputElement | null)?.value ===
      'http://127.0.0.1:9/x',
  );
  expect(await page.getByText('Its secret').count()).toBe(0);
});

it.each(['light', 'dark'] as const)('is accessible and fits every screen, %s', async (theme) => {
  await page.emulateMedia({ colorScheme: theme });
  for (const width of [1_440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${server.url}/fraud/rules`);
    await page.getByTestId('rules-editor').waitFor();
    await page.locator('[data-rule="geo_mismatch"]').getByRole('combobox').selectOption('off');
    await page.getByTestId('unsaved').waitFor();
    expect(await violations(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  }
});
