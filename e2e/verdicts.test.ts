import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { NO_FACTS } from '../server/src/click/facts.js';
import { toImportBatch } from '../server/src/ingest/import-wire.js';
import { launchBrowser, newPage } from './browser.js';
import {
  caughtUp,
  newDataDir,
  postJson,
  removeDataDir,
  type ServerProcess,
  shownInAnalytics,
  startServer,
} from './server-process.js';

/** A person takes back a flag and gives one; figures and bills follow. On the real system, in a browser. The tests follow one another. */
const dataDir = newDataDir();
const now = new Date();
const monthStart = (months: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1);
const monthName = (months: number) => new Date(monthStart(months)).toISOString().slice(0, 7);
const CLICKS = 4;
/** Of the month before: it is closed in the second test. */
const OLD_ID = randomUUID();
const NEW_IDS = Array.from({ length: CLICKS }, () => randomUUID());
let server: ServerProcess;
let browser: Browser;
let page: Page;
const pageErrors: string[] = [];

const oldClick = (clickId: string, clickedAtMs: number) => ({
  tenantId: 1,
  clickId,
  mayRepeat: true,
  adId: 'ad',
  campaignId: 'spring',
  advertiserId: 'acme',
  userId: null,
  ipHash: null,
  visitorKey: clickId.slice(0, 8).repeat(2),
  country: 'DE',
  deviceType: 'mobile' as const,
  os: 'iOS',
  browser: 'Safari',
  userAgent: '',
  referrer: '',
  facts: NO_FACTS,
  clickedAtMs,
});

beforeAll(async () => {
  server = await startServer(dataDir);
  browser = await launchBrowser();
  const price = await fetch(`${server.url}/api/v1/campaigns/spring`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advertiser_id: 'acme', cost_per_click_micros: 250_000 }),
  });
  expect(price.status).toBe(200);
  const past = [
    oldClick(OLD_ID, monthStart(-1) + 3_600_000),
    oldClick(randomUUID(), monthStart(-1) + 7_200_000),
  ];
  const imported = await postJson(`${server.url}/api/v1/admin/import`, toImportBatch(past, 'last-month.csv'));
  expect(imported.status).toBe(202);
  const clicks = NEW_IDS.map((click_id, i) => ({
    click_id,
    ad_id: `ad-${i}`,
    campaign_id: 'spring',
    advertiser_id: 'acme',
    user_id: `user-${i}`,
  }));
  expect((await postJson(`${server.url}/api/v1/clicks/batch`, { clicks })).status).toBe(202);
  await shownInAnalytics(server.url, NEW_IDS.at(-1) as string);
  await caughtUp(server.url);
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

/** Opens a click's story and gives the verdict that its button offers, with a reason. */
async function mark(
  clickId: string,
  action: 'Mark as invalid' | 'Mark as valid',
  reason: string,
): Promise<void> {
  await page.goto(`${server.url}/clicks?click=${clickId}`);
  const story = page.getByTestId('story');
  await story.getByTestId('mark-click').filter({ hasText: action }).click();
  await story.getByLabel('Reason').fill(reason);
  await story.getByRole('button', { name: action }).click();
  // The other verdict is offered when this one is in force.
  const other = action === 'Mark as valid' ? 'Mark as invalid' : 'Mark as valid';
  await story.getByTestId('mark-click').filter({ hasText: other }).waitFor();
}

/** Waits until the bill of a month says so. */
async function billShows(months: number, figures: Record<string, string>): Promise<void> {
  await page.goto(`${server.url}/billing?month=${monthName(months)}`);
  for (const [name, value] of Object.entries(figures))
    await page.getByTestId(`bill-${name}`).getByText(value, { exact: true }).waitFor();
}

it('a click marked as invalid is flagged in its story, the figures and the bill, and valid again after that', async () => {
  const id = NEW_IDS[0] as string;
  await mark(id, 'Mark as invalid', 'our own monitoring');
  const steps = page.getByTestId('story-steps');
  await steps.getByText('Flagged: Manual review').waitFor();
  await steps.getByText('our own monitoring').waitFor();
  await page.goto(server.url);
  await page.waitForSelector(`[data-testid="kpi-billable"][data-value="${CLICKS - 1}"]`);
  await billShows(0, { clicks: '4', adjusted: '-1', billable: '3', amount: '$0.75' });
  await page.goto(`${server.url}/clicks?flagged=true`);
  await page
    .getByTestId('click-table')
    .locator(`[data-click="${id}"]`)
    .getByText('Manual review')
    .filter({ visible: true })
    .first()
    .waitFor();

  await mark(id, 'Mark as valid', 'it was a customer');
  await steps.getByText('No longer flagged').waitFor();
  await page.goto(server.url);
  await page.waitForSelector(`[data-testid="kpi-billable"][data-value="${CLICKS}"]`);
  await billShows(0, { adjusted: '0', billable: '4', amount: '$1.00' });
});

it('a verdict on a click of a closed month is a correction on the next bill', async () => {
  await page.goto(`${server.url}/billing?month=${monthName(-1)}`);
  await page.getByTestId('close-month').click();
  await page.getByTestId('close-confirm').click();
  await page.locator('[data-testid="month-state"][data-state="closed"]').waitFor();
  await mark(OLD_ID, 'Mark as invalid', 'the publisher admitted it');
  await page
    .getByTestId('story-steps')
    .getByText('Its billing period was closed, so the correction counts on the date it was made.')
    .waitFor();
  await billShows(0, { adjusted: '-1', billable: '3', amount: '$0.75' });
  await page.getByTestId('bill-table').getByText('Correction from an earlier month').first().waitFor();
  await billShows(-1, { adjusted: '0', billable: '2', amount: '$0.50' });
});
