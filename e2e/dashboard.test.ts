import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, newPage, showsClicks } from './browser.js';
import {
  caughtUp,
  getJson,
  newDataDir,
  postJson,
  removeDataDir,
  type ServerProcess,
  startServer,
} from './server-process.js';

/** The dashboard in a real browser, on the real server: what an analyst sees is what the API says. */
const dataDir = newDataDir();
let server: ServerProcess;
let browser: Browser;
let page: Page;
const pageErrors: string[] = [];

beforeAll(async () => {
  server = await startServer(dataDir);
  browser = await launchBrowser();
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

const FIGURES = ['clicks', 'unique-users', 'fraud-rate', 'billable'] as const;
const figure = async (name: (typeof FIGURES)[number]) =>
  Number(await page.getByTestId(`kpi-${name}`).getAttribute('data-value'));

/** What the API counts in the last day, by other means than the page. */
async function apiTotals(filter = '') {
  const now = Date.now();
  const { data } = await getJson<{
    data: { clicks: number; unique_users: number; fraud_count: number }[];
  }>(
    `${server.url}/api/v1/analytics/aggregate?granularity=total&start_time=${new Date(now - 86_400_000).toISOString()}&end_time=${new Date(now + 60_000).toISOString()}${filter}`,
  );
  return data[0] ?? { clicks: 0, unique_users: 0, fraud_count: 0 };
}

async function sendClicks(count: number, fields: (i: number) => Record<string, unknown>) {
  const clicks = Array.from({ length: count }, (_, i) => ({
    click_id: randomUUID(),
    ad_id: `ad-${i % 4}`,
    campaign_id: 'spring',
    advertiser_id: 'acme',
    ...fields(i),
  }));
  const response = await postJson(`${server.url}/api/v1/clicks/batch`, { clicks });
  expect(response.status).toBe(202);
  await caughtUp(server.url);
}

describe('in this order, on one server', () => {
  it('empty: says that there are no clicks yet and how to send one', async () => {
    await page.goto(server.url);
    const empty = page.getByTestId('empty-state');
    await empty.waitFor();
    expect(await page.getByTestId('curl-example').textContent()).toContain('/api/v1/clicks');
    await page.waitForSelector('[data-testid="health-light"][data-status="healthy"]');
    expect(await page.getByTestId('protected-mode').count()).toBe(1);
  });

  it('shows new clicks by itself, with the figures of the API', async () => {
    await page.goto(server.url);
    await page.getByTestId('empty-state').waitFor();
    await sendClicks(60, (i) => ({
      user_id: `user-${i % 20}`,
      country: i % 3 === 0 ? 'DE' : 'FR',
      campaign_id: i < 40 ? 'spring' : 'autumn',
    }));
    await showsClicks(page, 60);
    await sendClicks(30, () => ({ user_id: 'one-more' })); // the page is open and nobody touches it
    await showsClicks(page, 90);
    const api = await apiTotals();
    expect(await figure('clicks')).toBe(api.clicks);
    expect(await figure('unique-users')).toBe(api.unique_users);
    expect(await figure('billable')).toBe(api.clicks - api.fraud_count);
    expect(await figure('fraud-rate')).toBeCloseTo(api.fraud_count / api.clicks, 3);
    const rows = await page.getByTestId('campaign-table').locator('tbody tr').allInnerTexts();
    expect(rows.map((row) => row.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/^spring.* 70 /),
      expect.stringMatching(/^autumn.* 20 /),
    ]);
  });

  it('a click on a campaign filters every figure; the address keeps it; a click on the chip ends it', async () => {
    await page.goto(server.url);
    await showsClicks(page, 90);
    await page.getByTestId('campaign-table').getByRole('button', { name: 'autumn' }).click();
    await showsClicks(page, 20);
    expect(await figure('unique-users')).toBe((await apiTotals('&campaign_id=autumn')).unique_users);
    expect(page.url()).toContain('campaign_id=autumn');
    await page.reload();
    await showsClicks(page, 20);
    await page.getByTestId('filter-chip').getByRole('button').click();
    await showsClicks(page, 90);
  });

  it('the generator sends clicks, duplicates among them, and the counts add up', async () => {
    await page.goto(server.url);
    await showsClicks(page, 90);
    await page.getByTestId('generator-toggle').click();
    await page.getByTestId('generator-clicks').fill('150');
    await page.getByTestId('generator-ratePerSecond').fill('100');
    await page.getByTestId('generator-duplicatePercent').fill('20');
    await page.getByTestId('generator-start').click();
    const result = page.locator('[data-testid="generator-result"][data-phase="finished"]');
    await result.waitFor();
    const count = async (name: string) => Number(await result.getAttribute(`data-${name}`));
    expect(await count('sent')).toBe(150);
    expect(await count('failed')).toBe(0);
    expect(await count('duplicates')).toBeGreaterThan(0);
    expect((await count('accepted')) + (await count('duplicates'))).toBe(150);
    await showsClicks(page, 90 + (await count('accepted')));
    expect((await apiTotals()).clicks).toBe(90 + (await count('accepted')));
  });

  it('one panel that fails says so, the others go on; a failed refresh keeps the last figures and says since when', async () => {
    await page.route('**/analytics/aggregate*group_by=campaign_id*', (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'away' } } }),
    );
    await page.goto(server.url);
    await page.getByTestId('campaign-panel').getByTestId('panel-error').waitFor();
    await page.waitForSelector('[data-testid="kpi-clicks"][data-value]:not([data-value="0"])');
    await page.unroute('**/analytics/aggregate*group_by=campaign_id*');
    await page.getByTestId('campaign-panel').getByRole('button', { name: 'Retry' }).click();
    await page.getByTestId('campaign-table').waitFor();

    const before = await figure('clicks');
    await page.route('**/api/v1/analytics/**', (route) => route.abort());
    await page.getByTestId('stale-notice').first().waitFor();
    expect(await figure('clicks')).toBe(before);
  });

  it('a page that comes back after a deploy is never an old one, and its assets are kept', async () => {
    const html = await fetch(server.url);
    expect(html.headers.get('cache-control')).toBe('no-cache');
    const asset = /\/assets\/[\w-]+\.js/.exec(await html.text())?.[0];
    expect((await fetch(`${server.url}${asset}`)).headers.get('cache-control')).toContain('immutable');
  });
});
