import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, newPage, showsClicks } from './browser.js';
import { apiTotals, sendClicks } from './dashboard-fixtures.js';
import {
  flagSpeedOnly,
  newDataDir,
  postJson,
  removeDataDir,
  type ServerProcess,
  startServer,
} from './server-process.js';

/** What a click may take from its reply to the screen, in milliseconds. */
const FRESH_MS_MAX = 5_000;

const dataDir = newDataDir();
let server: ServerProcess;
let browser: Browser;
let page: Page;
/** Errors of the page's own code, and requests to other hosts. */
let wrong: string[];
const outside: string[] = [];

beforeAll(async () => {
  server = await startServer(dataDir);
  await flagSpeedOnly(server.url);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGTERM');
  removeDataDir(dataDir);
  expect(outside).toEqual([]);
});
beforeEach(async () => {
  wrong = [];
  page = await newPage(browser);
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url()))
      outside.push(request.url());
  });
});
afterEach(async () => {
  await page.close();
  expect(wrong).toEqual([]);
});

const figure = async (name: string) =>
  Number(await page.getByTestId(`kpi-${name}`).first().getAttribute('data-value'));
const chip = () => page.getByTestId('filter-chip');
const row = (dimension: string, value: string) =>
  page.locator(`[data-testid="breakdown-${dimension}"] tr[data-value="${value}"]`);
const filterBy = (dimension: string, value: string) =>
  row(dimension, value).getByRole('button').first().click();

describe('in this order, on one server', () => {
  it('empty: says that there are no clicks yet and how to send one', async () => {
    await page.goto(server.url);
    await page.locator('[data-testid="empty-state"][data-kind="first-start"]').waitFor();
    expect(await page.getByTestId('curl-example').textContent()).toContain('/api/v1/clicks');
    await page.waitForSelector('[data-testid="health-light"][data-status="healthy"]');
    expect(await page.getByTestId('protected-mode').count()).toBe(1);
    await page.getByRole('link', { name: 'Send test clicks' }).click();
    await page.getByTestId('generator-start').waitFor();
  });

  it('shows new clicks by itself within 5 s, with the figures of the API', async () => {
    await page.goto(server.url);
    await page.getByTestId('empty-state').waitFor();
    await sendClicks(server.url, 60, (i) => ({
      user_id: `user-${i % 20}`,
      country: i % 3 === 0 ? 'DE' : 'FR',
      os: i % 2 === 0 ? 'iOS' : 'Android',
      campaign_id: i < 40 ? 'spring' : 'autumn',
    }));
    await showsClicks(page, 60);
    await sendClicks(server.url, 30, () => ({ user_id: 'one-more' })); // the page is open and nobody touches it
    await showsClicks(page, 90);
    const api = await apiTotals(server.url);
    expect(await figure('clicks')).toBe(api.clicks);
    expect(await figure('unique-users')).toBe(api.unique_users);
    expect(await figure('billable')).toBe(api.billable_count);
    expect(await figure('spend')).toBe(api.cost_micros);
    expect(await figure('fraud-rate')).toBeCloseTo(api.fraud_count / api.clicks, 6);
    await page.waitForSelector('tr[data-value="spring"][data-clicks="70"]');
    await page.waitForSelector('tr[data-value="autumn"][data-clicks="20"]');
  });

  it('a click on a row filters every figure; is becomes is not; back and forward go through the views', async () => {
    await page.goto(server.url);
    await showsClicks(page, 90);
    await filterBy('entities', 'autumn');
    await showsClicks(page, 20);
    expect(await figure('unique-users')).toBe(
      (await apiTotals(server.url, '&campaign_id=autumn')).unique_users,
    );
    expect(page.url()).toContain('campaign_id=autumn');
    await page.getByTestId('filter-sign').click();
    await showsClicks(page, 70);
    expect(page.url()).toContain('not_campaign_id=autumn');
    await page.reload();
    await showsClicks(page, 70);
    await page.goBack();
    await showsClicks(page, 20);
    await page.goBack();
    await showsClicks(page, 90);
    await page.goForward();
    await showsClicks(page, 20);
    await chip().getByTestId('filter-remove').click();
    await showsClicks(page, 90);
    expect(await chip().count()).toBe(0);
  });

  it('two filters hold together, and the map filters by a country', async () => {
    await page.goto(server.url);
    await showsClicks(page, 90);
    await filterBy('os', 'iOS');
    await page.locator('[data-testid="map"] path[data-country="DE"]').click();
    const api = await apiTotals(server.url, '&os=iOS&country=DE');
    await showsClicks(page, api.clicks);
    expect(await chip().count()).toBe(2);
    await page.keyboard.press('x');
    await showsClicks(page, 90);
  });

  it('while a new view loads the whole old one stays: figures of two filters never stand side by side', async () => {
    await page.goto(server.url);
    await showsClicks(page, 90);
    await page.locator('[data-testid="breakdown-os"] tr[data-clicks]').first().waitFor();
    const seen = await page.evaluateHandle(() => {
      const pairs = new Set<string>();
      const look = () => {
        const total = document.querySelector('[data-testid="kpi-clicks"]')?.getAttribute('data-value');
        const rows = [...document.querySelectorAll('[data-testid="breakdown-os"] tr[data-clicks]')];
        const sum = rows.reduce((all, one) => all + Number(one.getAttribute('data-clicks')), 0);
        if (total && rows.length > 0) pairs.add(`${total} = ${sum}`);
      };
      look();
      new MutationObserver(look).observe(document.body, {
        subtree: true,
        childList: true,
        attributes: true,
        characterData: true,
      });
      return pairs;
    });
    // The breakdowns answer much later than the totals.
    await page.route('**/analytics/stream*', (route) => route.abort());
    await page.route('**/analytics/aggregate*group_by=os*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await route.continue().catch(() => undefined);
    });
    await filterBy('entities', 'autumn');
    await showsClicks(page, 20);
    expect(await seen.evaluate((pairs) => [...pairs].toSorted())).toEqual(['20 = 20', '90 = 90']);
  });

  it('drawing over the chart zooms in, and back zooms out', async () => {
    await page.goto(`${server.url}/?range=1h`);
    await showsClicks(page, 90);
    const box = await page.getByTestId('chart').boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * 0.8, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 20, box.y + 100, { steps: 8 });
    await page.mouse.up();
    await page.waitForURL(/range=custom/);
    await showsClicks(page, 90);
    const zoomed = new URL(page.url()).searchParams;
    expect(Date.parse(zoomed.get('to') ?? '') - Date.parse(zoomed.get('from') ?? '')).toBeLessThan(
      30 * 60_000,
    );
    await page.goBack();
    await page.waitForURL(/range=1h/);
  });

  it('range, interval, zone and comparison are chosen by hand and by key, and kept in the address', async () => {
    await page.goto(server.url);
    await showsClicks(page, 90);
    await page.getByTestId('range').click();
    await page.getByTestId('range-today').click();
    await page.waitForURL(/range=today/);
    await page.getByTestId('granularity').selectOption('minute');
    await page.waitForURL(/by=minute/);
    await page.getByTestId('zone').click();
    await page.getByRole('combobox', { name: 'Time zone' }).fill('calcutta'); // the name of once
    await page.getByTestId('zone-Asia/Kolkata').filter({ hasText: 'GMT+5:30' }).click();
    await page.waitForURL(/tz=Asia%2FKolkata/);
    await page.getByTestId('compare').click();
    await page.getByTestId('compare-year').click();
    await page.waitForURL(/compare=year/);
    await page.getByTestId('kpi-clicks').getByText('No previous data').waitFor();
    await page.getByTestId('compare').click();
    await page.getByTestId('compare-off').click();
    await page.waitForURL(/compare=off/);
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('2');
    await page.waitForURL(/range=1h/);
    await showsClicks(page, 90);
  });

  it('a link shows elsewhere the days that its sender saw', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`${server.url}/?range=7d`);
    await page.waitForURL(/tz=Europe%2FBerlin/);
    await page.getByTestId('range').click();
    await page.getByTestId('range-with-today').click();
    await page.waitForURL(/today=included/);
    await showsClicks(page, 90);
    const dates = await page.getByTestId('range-dates').textContent();
    await page.getByTestId('range').click();
    await page.getByTestId('copy-link').click();
    await page.getByText('Link copied').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(new URL(link).searchParams.get('range')).toBe('custom');
    const elsewhere = await browser.newPage({ timezoneId: 'America/New_York' });
    for (const address of [page.url(), link]) {
      await elsewhere.goto(address);
      await showsClicks(elsewhere, 90);
      expect(await elsewhere.getByTestId('zone').getAttribute('data-zone')).toBe('Europe/Berlin');
    }
    // The last bucket ends in the middle of a day, so the dates are written with times.
    expect(await elsewhere.getByTestId('range-dates').textContent()).toBe(dates);
    await elsewhere.close();
  });

  it('what an address has wrong is left out of it, and said', async () => {
    await page.goto(`${server.url}/?range=abc&tz=Mars/Base&device_type=fridge`);
    const notice = page.getByTestId('dropped-notice');
    for (const wrongValue of ['range=abc', 'tz=Mars/Base', 'device_type=fridge'])
      await notice.filter({ hasText: wrongValue }).waitFor();
    await showsClicks(page, 90);
    await page.waitForURL(({ search }) => search === '?tz=Europe%2FBerlin');
    await notice.getByRole('button', { name: 'Dismiss' }).click();
    await notice.waitFor({ state: 'detached' });
    await page.goto(`${server.url}/clicks?click=not-a-click&flagged=perhaps`);
    await notice.filter({ hasText: 'click=not-a-click' }).filter({ hasText: 'flagged=perhaps' }).waitFor();
    await page.getByTestId('click-table').waitFor();
    expect(await page.getByTestId('story').isVisible()).toBe(false);
  });

  it('the panel leads on: from a campaign to its ads, to its page, and to its flagged clicks', async () => {
    await page.goto(server.url);
    await filterBy('entities', 'autumn');
    await row('entities', 'ad-1').waitFor();
    await page.getByTestId('breakdown-entities').getByTestId('tab-campaign_id').click();
    await row('entities', 'autumn').hover();
    await row('entities', 'autumn').getByTestId('to-entity').click();
    await page.waitForURL(/\/campaigns\/autumn/);
    await showsClicks(page, 20);
  });

  it('exports: the figures as CSV, pictures, and a report of the page', async () => {
    await page.goto(server.url);
    await showsClicks(page, 90);
    const save = async (item: string | RegExp) => {
      await page.getByTestId('chart-export').click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: item }).click(),
      ]);
      const path = await download.path();
      return { name: download.suggestedFilename(), bytes: readFileSync(path) };
    };
    const csv = await save(/Download CSV/);
    expect(csv.name).toMatch(/^clickledger-clicks-by-hour-\d{4}-\d\d-\d\d-.*\.csv$/);
    const [header = '', ...lines] = csv.bytes.toString('utf8').trim().split(/\r?\n/);
    const clicks = header.split(',').indexOf('"clicks"');
    expect(lines.reduce((sum, line) => sum + Number(line.split(',')[clicks]), 0)).toBe(90);
    const svg = await save(/SVG/);
    expect(svg.name).toMatch(/^clickledger-overview-\d{4}-\d\d-\d\d-.*\.svg$/);
    for (const text of ['>Overview<', '(Europe/Berlin)', '>Billable<', '>previous 24 hours<'])
      expect(svg.bytes.toString('utf8')).toContain(text);
    expect(svg.bytes.toString('utf8')).toMatch(/^<svg [\s\S]*<polyline[\s\S]*<\/svg>$/);
    expect((await save(/PNG/)).bytes.subarray(1, 4).toString()).toBe('PNG');
    const pdf = await save(/PDF/);
    expect(pdf.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.bytes.length).toBeGreaterThan(4_000);
    await page.getByTestId('chart-export').click();
    await page.getByTestId('csv-bom').click();
    const withMark = await save(/Download CSV/);
    expect(withMark.bytes.subarray(0, 3)).toEqual(Buffer.from('\ufeff'));
  });

  it('all groups: searched, sorted, and as a file', async () => {
    await page.goto(server.url);
    await showsClicks(page, 90);
    await page.getByTestId('breakdown-entities').getByTestId('all-groups').click();
    const all = page.locator('dialog[open]');
    await all.getByRole('searchbox').fill('autu');
    await all.locator('tr[data-value="spring"]').waitFor({ state: 'detached' });
    expect(await all.locator('tr[data-value="autumn"]').getAttribute('data-clicks')).toBe('20');
    await page.keyboard.press('Escape'); // empties the search
    await page.keyboard.press('Escape');
    await all.waitFor({ state: 'detached' });
  });

  it('campaign → ad: the same figures, and back', async () => {
    await page.goto(`${server.url}/campaigns`);
    await page.locator('tr[data-campaign="spring"]').filter({ hasText: '70' }).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('csv-campaigns').click(),
    ]);
    expect(readFileSync(await file.path(), 'utf8')).toMatch(/"spring",,"acme","active",70,/);
    await page.locator('tr[data-campaign="spring"]').getByRole('link').click();
    await showsClicks(page, 70);
    await page.locator('tr[data-ad="ad-1"]').getByRole('link').click();
    await showsClicks(page, (await apiTotals(server.url, '&campaign_id=spring&ad_id=ad-1')).clicks);
    await page.goBack();
    await showsClicks(page, 70);
  });

  it('name, price, budget and status are edited in place, a wrong price says so, and the next click costs the new one', async () => {
    await page.goto(`${server.url}/campaigns/spring`);
    // Figures that come between press and release would move the button from under the pointer.
    await page.locator('[data-testid="view"][aria-busy="false"]').waitFor();
    await page.getByTestId('edit-name').click();
    await page.getByTestId('edit-name-input').fill('Spring sale');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Spring sale' }).waitFor();
    await page.getByTestId('edit-price').click();
    await page.getByTestId('edit-price-input').fill('a lot');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'amount' }).waitFor();
    await page.getByTestId('edit-price-input').fill('0.25');
    await page.keyboard.press('Enter');
    await page.getByTestId('edit-price').filter({ hasText: '0.25' }).waitFor();
    await page.getByTestId('edit-budget').click();
    await page.getByTestId('edit-budget-input').fill('1');
    await page.keyboard.press('Enter');
    await page.getByTestId('edit-budget').filter({ hasText: '1.00' }).waitFor();
    await page.getByTestId('status').selectOption('paused');
    // Prices are read again within 5 s; then a click costs the new one.
    await new Promise((resolve) => setTimeout(resolve, FRESH_MS_MAX + 500));
    await sendClicks(server.url, 2, (i) => ({ user_id: `payer-${i}` }));
    await showsClicks(page, 72);
    expect(await figure('spend')).toBe((await apiTotals(server.url, '&campaign_id=spring')).cost_micros);
    expect(await figure('spend')).toBe(500_000);
    await page.goto(`${server.url}/campaigns?status=paused`);
    await page.locator('tr[data-campaign]').first().waitFor();
    expect(await page.locator('tr[data-campaign]').allInnerTexts()).toEqual([
      expect.stringContaining('Spring sale'),
    ]);
  });

  it('keys: go to pages, search, help, theme', async () => {
    await page.goto(server.url);
    await showsClicks(page, 92);
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.waitForURL(/\/campaigns/);
    await page.keyboard.press('?');
    await page.getByTestId('help').getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    // Keys are the dialog's until it is gone.
    await page.getByTestId('help').waitFor({ state: 'hidden' });
    await page.keyboard.press('/');
    await page.getByTestId('search').getByRole('combobox').waitFor();
    await page.keyboard.type('spring'); // as fast as it goes
    await page.locator('[cmdk-item][data-selected="true"]', { hasText: 'spring' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/campaigns\/spring/);
    await page.getByTestId('search').waitFor({ state: 'hidden' });
    const { data } = (await (await fetch(`${server.url}/api/v1/clicks?limit=1`)).json()) as {
      data: { click_id: string }[];
    };
    const clickId = data[0]?.click_id as string;
    await page.keyboard.press('/');
    await page.getByTestId('search').getByRole('combobox').fill(clickId);
    await page.keyboard.press('Enter');
    await page.getByTestId('story').getByText(clickId).waitFor();
    await page.goto(`${server.url}/campaigns/spring`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    const before = await theme();
    await page.keyboard.press('d');
    expect(await theme()).not.toBe(before);
    await page.reload();
    expect(await theme()).not.toBe(before);
  });

  it.each(['click_id', 'idempotency_key'])(
    'the generator sends clicks, repeats by %s among them, and both counts agree',
    async (repeatBy) => {
      const before = (await apiTotals(server.url)).clicks;
      await page.goto(`${server.url}/test-clicks`);
      await page.getByTestId('generator-ratePerSecond').fill('50');
      await page.getByTestId('generator-seconds').fill('3');
      await page.getByTestId('generator-duplicatePercent').fill('20');
      await page.getByTestId('generator-duplicateBy').selectOption(repeatBy);
      await page.getByTestId('generator-country').selectOption('JP');
      await page.getByTestId('generator-start').click();
      const result = page.locator('[data-testid="generator-result"][data-phase="finished"]');
      await result.waitFor();
      const count = async (name: string) => Number(await result.getAttribute(`data-${name}`));
      expect(await count('sent')).toBe(150);
      expect(await count('failed')).toBe(0);
      expect(await count('accepted')).toBe(120);
      expect(await count('duplicates')).toBe(30);
      await page.locator('[data-testid="generator-result"][data-agree="true"]').waitFor();
      // Test clicks are in no live figure. They show while test data is on.
      expect((await apiTotals(server.url)).clicks).toBe(before);
      await page.goto(server.url);
      await showsClicks(page, before);
      await page.getByTestId('test-data-switch').first().check();
      await page.getByTestId('test-data').waitFor();
      const inTest = (await apiTotals(server.url, '&mode=test')).clicks;
      expect(inTest % 120).toBe(0);
      await showsClicks(page, inTest);
      await page.getByTestId('test-data').getByRole('button').click();
      await showsClicks(page, before);
    },
  );

  it('deleted test data is on no page any more, and live data is as before', async () => {
    const live = await apiTotals(server.url);
    expect((await apiTotals(server.url, '&mode=test')).clicks).toBeGreaterThan(0);
    const bills = async () => (await fetch(`${server.url}/api/v1/billing/periods`)).json();
    const billed = await bills();
    await page.goto(`${server.url}/test-clicks`);
    await page.getByTestId('delete-test-data').click();
    await page.getByTestId('delete-test-data-confirm').click();
    await page.getByTestId('delete-test-data-confirm').waitFor({ state: 'hidden' });
    expect((await apiTotals(server.url, '&mode=test')).clicks).toBe(0);
    const { clicks, cost_micros } = await apiTotals(server.url);
    expect([clicks, cost_micros]).toEqual([live.clicks, live.cost_micros]);
    expect(await bills()).toEqual(billed);
    await page.getByTestId('test-data-switch').first().check();
    await page.goto(server.url);
    await page.getByTestId('empty-state').waitFor();
    await page.getByTestId('test-data').getByRole('button').click();
    await page.getByTestId('empty-state').waitFor({ state: 'hidden' });
  });

  it('a click is on the screen within 5 s of its reply', async () => {
    await page.goto(`${server.url}/?campaign_id=fresh`);
    await page.getByTestId('empty-state').waitFor();
    // The best of three: a machine that does other things too may be late once, a slow way is late each time.
    const took: number[] = [];
    for (let sent = 1; sent <= 3; sent++) {
      const click = { ad_id: 'f', campaign_id: 'fresh', advertiser_id: 'acme' };
      expect((await postJson(`${server.url}/api/v1/clicks`, click)).status).toBe(202);
      const repliedAt = Date.now();
      await showsClicks(page, sent);
      took.push(Date.now() - repliedAt);
    }
    expect(Math.min(...took)).toBeLessThan(FRESH_MS_MAX);
  });

  it('one panel that fails says so, the others go on; a failed refresh keeps the last figures and says so', async () => {
    await page.route('**/analytics/stream*', (route) => route.abort());
    await page.route('**/api/v1/analytics/aggregate*', (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'away' } } }),
    );
    await page.goto(server.url);
    await page.getByTestId('panel-error').filter({ hasText: 'Figures' }).waitFor();
    // The last of the answers makes one word of all of them.
    await expect.poll(() => page.getByTestId('panel-error').count(), { timeout: 30_000 }).toBe(1);
    await page.unroute('**/api/v1/analytics/aggregate*');
    await page.route('**/analytics/aggregate*group_by=os*', (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'away' } } }),
    );
    await page.goto(server.url);
    await page.getByTestId('breakdown-os').getByTestId('panel-error').waitFor();
    await page.waitForSelector('[data-testid="kpi-clicks"][data-value]:not([data-value="0"])');
    await page.unroute('**/analytics/aggregate*group_by=os*');
    await page.getByTestId('breakdown-os').getByRole('button', { name: 'Retry' }).click();
    await row('os', 'iOS').waitFor();

    const before = await figure('clicks');
    await page.route('**/api/v1/analytics/**', (route) => route.abort());
    await page.getByTestId('stale-notice').first().waitFor();
    expect(await figure('clicks')).toBe(before);
  });

  it('code that comes late leaves the figures alone: it is tried again while the server is away, and said to be gone after an update', async () => {
    const away = (url: string) => page.route(url, (route) => route.abort());
    await away('**/assets/TimeChart*');
    await away('**/health');
    await page.goto(server.url);
    await page.waitForSelector('[data-testid="health-light"][data-status="down"]');
    expect(await figure('clicks')).toBeGreaterThan(0);
    expect(await page.getByTestId('chart').count()).toBe(0);
    await page.unroute('**/assets/TimeChart*');
    await page.unroute('**/health');
    await page.getByTestId('chart').waitFor();

    await away('**/assets/TimeChart*');
    await page.reload();
    await page.getByTestId('series-panel').getByTestId('part-error').waitFor();
    expect(await figure('clicks')).toBeGreaterThan(0);
  });

  it('a server that goes down and comes back: the page says so, keeps its figures, and goes on by itself', async () => {
    await page.goto(server.url);
    await page.waitForSelector('[data-testid="kpi-clicks"][data-value]:not([data-value="0"])');
    const before = await figure('clicks');
    const port = new URL(server.url).port;
    await server.end('SIGTERM');
    await page.waitForSelector('[data-testid="health-light"][data-status="down"]');
    await page.waitForSelector('[data-testid="outage-notice"][data-store="server"]');
    await page.getByTestId('stale-notice').first().waitFor();
    expect(await figure('clicks')).toBe(before);
    server = await startServer(dataDir, { PORT: port });
    await page.waitForSelector('[data-testid="health-light"][data-status="healthy"]');
    await sendClicks(server.url, 3, (i) => ({ user_id: `late-${i}` }));
    await showsClicks(page, before + 3);
    await page.getByTestId('stale-notice').first().waitFor({ state: 'detached' });
  });

  it('a page that comes back after a deploy is never an old one, and its assets are kept', async () => {
    const html = await fetch(server.url);
    expect(html.headers.get('cache-control')).toBe('no-cache');
    const asset = /\/assets\/[\w-]+\.js/.exec(await html.text())?.[0];
    expect((await fetch(`${server.url}${asset}`)).headers.get('cache-control')).toContain('immutable');
  });
});
