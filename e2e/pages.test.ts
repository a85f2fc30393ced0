import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { newDataDir } from '../server/src/testing/data-dir.js';
import { framesPainted, showsClicks } from './helpers/browser.js';
import { api, page, server, useServer } from './helpers/server-and-page.js';

/** The pages for what stands behind the figures: click log, system, fraud, live. On the real system, in a browser. */
const dataDir = newDataDir();
/** Clicks that one address sends within a second; from the 101st on they are flagged. */
const BURST = 150;
const CLEAN = 240;

useServer({ folder: dataDir });
beforeAll(async () => {
  await api.flagSpeedOnly();
  const devices = ['mobile', 'desktop', 'tablet'];
  for (let i = 0; i < CLEAN; i += 60)
    await api.sendClicks(
      60,
      (j) => ({
        user_id: `user-${(i + j) % 40}`,
        country: ['DE', 'FR', 'US', 'JP'][j % 4],
        device_type: devices[j % 3],
        campaign_id: j % 2 === 0 ? 'spring' : 'autumn',
        referrer: `https://news-${j % 3}.example/article`,
      }),
      { from: `203.0.113.${i / 60}` },
    );
  await api.sendClicks(BURST, () => ({ campaign_id: 'burst', referrer: 'https://farm.example/' }), {
    from: '198.51.100.7',
  });
});

const rows = (table: string) => page.getByTestId(table).locator('tbody tr');
const showsRows = (table: string, count: number) =>
  expect.poll(() => rows(table).count(), { timeout: 30_000 }).toBe(count);

it('click log: pages back through every click once, and the back button returns', async () => {
  await page.goto(`${server.url}/clicks`);
  await showsRows('click-table', 100);
  const ids = () =>
    rows('click-table').evaluateAll((all) => all.map((row) => row.getAttribute('data-click')));
  const seen = new Set(await ids());
  const first = (await ids())[0];
  for (const size of [100, 100, 90]) {
    const before = (await ids())[0];
    await page.getByTestId('older').click();
    await expect.poll(async () => (await ids())[0], { timeout: 30_000 }).not.toBe(before);
    await showsRows('click-table', size);
    for (const id of await ids()) seen.add(id);
  }
  expect(seen.size).toBe(CLEAN + BURST);
  expect(await page.getByTestId('older').isDisabled()).toBe(true);
  for (let i = 0; i < 3; i++) await page.goBack();
  await expect.poll(async () => (await ids())[0], { timeout: 30_000 }).toBe(first);
});

it('click log: search and verdict are in the address, and the export has the same clicks', async () => {
  await page.goto(`${server.url}/clicks`);
  await page.getByTestId('tab-true').click();
  await showsRows('click-table', BURST - 100);
  expect(page.url()).toContain('flagged=true');
  const href = await page.getByTestId('export-clicks').getAttribute('href');
  const csv = await (await fetch(`${server.url}${href}`)).text();
  expect(csv.trim().split('\n').length).toBe(1 + BURST - 100);

  await page.getByTestId('tab-all').click();
  await page.getByTestId('search-text').fill('user-7');
  await page.getByTestId('search-text').press('Enter');
  await showsRows('click-table', CLEAN / 40);
  await page.reload();
  await showsRows('click-table', CLEAN / 40);
  await page.getByRole('button', { name: 'Remove User user-7' }).click();
  await showsRows('click-table', 100);
});

it('click log: one click tells its whole story, also by its address, with the evidence of its flag', async () => {
  const { data } = await api.get<{ data: { click_id: string }[] }>('clicks?flagged=true&limit=1');
  const id = data[0]?.click_id as string;
  await page.goto(`${server.url}/clicks`);
  await page.getByTestId('search-text').fill(id);
  await page.getByTestId('search-text').press('Enter');
  await showsRows('click-table', 1);
  await rows('click-table').first().getByRole('button').click();
  const steps = page.locator('[data-testid="story-steps"][data-analytics="present"][data-relay="delivered"]');
  await steps.waitFor();
  expect(await steps.getByTestId('evidence-count').textContent()).toMatch(
    /^1\d\d clicks in 60 s \(limit 100\)$/,
  );
  expect(await steps.locator('h3').allInnerTexts()).toEqual([
    'Received',
    'Duplicate check',
    'Fraud rules',
    'Ledger',
    'Relay',
    'Reporting',
  ]);
  await page.reload();
  await steps.waitFor();
  await page.getByTestId('story').getByRole('link', { name: 'View all clicks from this address' }).click();
  await page.waitForURL(/ip_hash=[0-9a-f]{32}/);
  await page.keyboard.press('Escape');
  await steps.waitFor({ state: 'detached' });
  expect(page.url()).not.toContain('click=');
});

it('click log: the cost is in view, and from one click the next is reached', async () => {
  await page.goto(`${server.url}/clicks`);
  await showsRows('click-table', 100);
  for (const width of [1_440, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const cost = await page.getByTestId('click-table').locator('thead th').last().boundingBox();
    expect((cost?.x ?? width) + (cost?.width ?? 0)).toBeLessThanOrEqual(width);
  }
  const ids = await rows('click-table').evaluateAll((all) =>
    all.map((row) => row.getAttribute('data-click')),
  );
  await rows('click-table').first().getByRole('button').click();
  const story = page.getByTestId('story');
  await story.getByRole('button', { name: 'Next click' }).click();
  await story.getByText(ids[1] as string).waitFor();
  await story.getByRole('button', { name: 'Previous click' }).click();
  await story.getByText(ids[0] as string).waitFor();
  expect(await story.getByRole('button', { name: 'Previous click' }).isDisabled()).toBe(true);
});

it('system: both counts agree, and every store answers', async () => {
  await page.goto(`${server.url}/system`);
  await page.getByTestId('accounts').getByText('In sync').waitFor();
  const clicks = page.getByTestId('accounts').locator('[data-row="clicks"]');
  expect(await clicks.locator('[data-ledger]').getAttribute('data-ledger')).toBe(String(CLEAN + BURST));
  expect(await clicks.locator('[data-analytics]').getAttribute('data-analytics')).toBe(String(CLEAN + BURST));
  const answering = page.getByTestId('stores').locator('[data-store]:not([data-state="error"])');
  // On a busy machine one may answer later than it has to, once.
  await expect.poll(() => answering.count(), { timeout: 30_000 }).toBe(3);
  await page.getByText('Accepting clicks').waitFor();
});

it('fraud: figures of the API, the rule that decided, and the offender with its clicks', async () => {
  await page.goto(`${server.url}/fraud`);
  await page.waitForSelector(`[data-testid="fraud-count"][data-value="${BURST - 100}"]`);
  await page.getByTestId('fraud-rules').locator('[data-rule="velocity_ip"]').waitFor();
  await showsRows('offender-table', 1);
  expect(await rows('offender-table').first().getAttribute('data-flagged')).toBe(String(BURST - 100));
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('csv-offenders').click(),
  ]);
  expect(readFileSync(await file.path(), 'utf8').split('\r\n')[1]).toContain(`,${BURST - 100},`);
  await page.getByTestId('tab-referrer_host').click();
  await page.getByRole('link', { name: 'View clicks of farm.example, flagged' }).click();
  await showsRows('click-table', BURST - 100);
  await page.getByRole('button', { name: 'Remove Referrer farm.example' }).waitFor();
  await page.goBack();
  await page.getByTestId('tab-ip_hash').click();
  await page.locator('[data-testid="offender-table"] a[href*="ip_hash"]').click();
  await showsRows('click-table', BURST - 100);
});

it('fraud: a campaign, a rule, or a country narrows the figures and the lists', async () => {
  await page.goto(`${server.url}/fraud`);
  await page.getByTestId('tab-campaign_id').click();
  await page.getByTestId('offender-table').getByRole('button', { name: 'burst' }).click();
  await page.waitForSelector(`[data-testid="fraud-clicks"][data-value="${BURST}"]`);
  expect(await page.getByTestId('filter-campaign_id').inputValue()).toBe('burst');
  await page.getByTestId('fraud-rules').getByRole('button', { name: 'Clicks per IP' }).click();
  await page.waitForSelector(`[data-testid="fraud-count"][data-value="${BURST - 100}"]`);
  await page.getByTestId('filter-fraud_reason').selectOption('duplicate_click');
  await page.waitForSelector('[data-testid="fraud-count"][data-value="0"]');
  await page.getByTestId('latest-flagged').getByText('No flagged clicks in this range.').waitFor();
  await page.getByTestId('filter-fraud_reason').selectOption('');
  await page.getByTestId('filter-campaign_id').selectOption('');
  await page.getByTestId('filter-country').selectOption('DE');
  await page.waitForSelector(`[data-testid="fraud-clicks"][data-value="${CLEAN / 4}"]`);
});

it('campaigns: an unknown one is said to be none, and the head of a column sorts wherever it is clicked', async () => {
  await page.goto(`${server.url}/campaigns/nope`);
  await page.getByRole('heading', { name: 'No campaign with this ID' }).waitFor();
  await page.goto(`${server.url}/campaigns/spring/ads/nope`);
  await page.getByRole('heading', { name: 'No ad with this ID' }).waitFor();
  await page.goto(`${server.url}/campaigns`);
  const head = page.getByTestId('campaign-table').locator('th').filter({ hasText: 'Spend' }).first();
  await head.click({ position: { x: 4, y: 12 } });
  expect(await head.getAttribute('aria-sort')).toBe('descending');
});

it('campaigns as a file: in the order of the screen, with names, rates, and amounts in the currency', async () => {
  await api.send('PUT', 'advertisers/acme', { name: 'Acme, Inc.' });
  const rowsOf = async (order: string) => {
    await page.goto(`${server.url}/campaigns?sort=${order}`);
    const onScreen = page.locator('[data-testid="campaign-table"] [data-campaign]');
    await onScreen.first().waitFor();
    await page.locator('[data-campaign="burst"]').getByTitle(`${BURST}`, { exact: true }).first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('csv-campaigns').click(),
    ]);
    const [header = '', ...lines] = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    const ids = lines.map((line) => line.split(',')[0]?.replaceAll('"', ''));
    expect(ids).toEqual(
      await onScreen.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-campaign'))),
    );
    return { header, ids, burst: lines[ids.indexOf('burst')] };
  };
  const { header, ids, burst } = await rowsOf('clicks.desc');
  expect(ids[0]).toBe('burst');
  expect(header).toMatch(/,"spent_today_micros","advertiser_name","fraud_rate","cost","currency"$/);
  // A third of them is beyond the limit of one address.
  expect(burst).toMatch(/,"Acme, Inc.",0.333333,0,"USD"$/);
  expect((await rowsOf('name.desc')).ids).toEqual(['spring', 'burst', 'autumn']);
});

it('live: a new click appears by itself; a pause holds the list, and nothing is lost', async () => {
  // What the page is told, noted before the page hears of it.
  await page.addInitScript(() => {
    const told: string[] = [];
    Object.assign(window, { told });
    window.EventSource = class extends EventSource {
      constructor(url: string | URL) {
        super(url);
        this.addEventListener('clicks', ({ data }) => told.push(data));
      }
    };
  });
  await page.goto(`${server.url}/live`);
  await page.waitForSelector('[data-testid="live-status"][data-status="open"]');
  await page.waitForSelector(`[data-testid="live-chart"][data-clicks="${CLEAN + BURST}"]`);
  const [click] = await api.sendClicks(1, () => ({ campaign_id: 'now' }), { from: '192.0.2.1' });
  await page.locator(`[data-testid="live-table"] [data-click="${click?.click_id}"]`).waitFor();

  await page.getByTestId('pause').click();
  const [hidden] = await api.sendClicks(1, () => ({ campaign_id: 'later' }), { from: '192.0.2.2' });
  await page.waitForFunction(
    (id) => (window as unknown as { told: string[] }).told.some((event) => event.includes(id)),
    hidden?.click_id ?? '',
  );
  await framesPainted(page);
  expect(await page.locator(`[data-click="${hidden?.click_id}"]`).count()).toBe(0);
  await page.getByTestId('pause').click();
  await page.locator(`[data-testid="live-table"] [data-click="${hidden?.click_id}"]`).waitFor();
});

it('a page that is chosen while the server cannot be reached says so, and opens by itself when it can', async () => {
  await page.goto(server.url);
  await page.waitForSelector('[data-testid="health-light"][data-status="healthy"]');
  await page.context().setOffline(true);
  await page.getByTestId('nav-campaigns').click();
  await page.waitForURL(/\/campaigns/);
  const pending = page.getByTestId('page-pending');
  await pending.getByText('Can’t reach the server. This page opens when the connection is back.').waitFor();
  expect(await page.getByRole('heading', { name: 'Overview' }).count()).toBe(0);
  await page.context().setOffline(false);
  await page.getByTestId('campaign-table').waitFor();
  expect(await pending.count()).toBe(0);
});

it('live: a lost connection is said, and made again', async () => {
  await page.route('**/api/v1/live', (route) => route.fulfill({ status: 503, json: {} }));
  await page.goto(`${server.url}/live`);
  await page.waitForSelector('[data-testid="live-status"][data-status="reconnecting"]');
  await page.unroute('**/api/v1/live');
  await page.waitForSelector('[data-testid="live-status"][data-status="open"]');
});

it('an API error is said where it happened, and goes away by itself', async () => {
  await page.route('**/api/v1/clicks?**', (route) =>
    route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'away' } } }),
  );
  await page.goto(`${server.url}/clicks`);
  await page.getByTestId('panel-error').waitFor();
  await page.unroute('**/api/v1/clicks?**');
  await showsRows('click-table', 100);
});

it('analytics that dies under the page: the figures stay, the page says so, and it comes back by itself', async () => {
  await page.goto(server.url);
  const figure = page.locator('[data-testid="kpi-clicks"][data-value]:not([data-value="0"])');
  const before = Number(await figure.getAttribute('data-value'));
  const light = (status: string) =>
    page.waitForSelector(`[data-testid="health-light"][data-status="${status}"]`);
  await light('healthy');
  // Stopped first, so that it stays away until it is ended: a new engine is started soon after a kill.
  const engine = Number(readFileSync(join(dataDir, 'clickhouse/engine.pid'), 'utf8').split(' ')[0]);
  process.kill(engine, 'SIGSTOP');
  try {
    await light('degraded');
    await page.waitForSelector('[data-testid="outage-notice"][data-store="clickhouse"]');
    expect(Number(await figure.getAttribute('data-value'))).toBe(before);
  } finally {
    process.kill(engine, 'SIGKILL');
  }
  await light('healthy');
  await page.getByTestId('outage-notice').waitFor({ state: 'detached' });
  await api.sendClicks(2, (i) => ({ user_id: `after-${i}` }), { from: '192.0.2.3' });
  // The engine may be loading still, with other tests beside it.
  await showsClicks(page, before + 2, 90_000);
});
