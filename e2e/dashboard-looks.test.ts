import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { violationsInBoth } from './helpers/axe.js';
import { api, browser, server, useServer } from './helpers/server-and-page.js';
import { ROOT } from './helpers/server-process.js';

/** Most JavaScript of the first load, compressed, in bytes. */
const FIRST_LOAD_BYTES_MAX = 250_000;
/** What a strict server would send: no inline script, no style element. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'";

const PAGES = [
  '/',
  '/campaigns',
  '/campaigns/spring',
  '/campaigns/spring/ads/ad-1',
  '/links',
  '/conversions',
  '/live',
  '/fraud',
  '/clicks',
  '/test-clicks',
  '/billing',
  '/audit',
  '/privacy',
  '/system',
  '/nowhere',
];
/** More than one address may send in a minute, so that some are flagged, and warnings are on the pages. */
const CLICKS = 160;
useServer();
beforeAll(async () => {
  await api.flagSpeedOnly();
  await api.sendClicks(CLICKS, (i) => ({
    user_id: `user-${i % 9}`,
    country: ['DE', 'US', 'BR'][i % 3],
    device_type: i % 2 === 0 ? 'mobile' : 'desktop',
    os: 'iOS',
    browser: 'Safari',
  }));
  // Too long for any table.
  const name = 'A name that goes on and on until no column of any table has room for it';
  await api.send('PUT', 'campaigns/spring', { name, advertiser_id: 'acme' });
  await api.send('PUT', 'advertisers/acme', { name });
  await api.send('PUT', 'ads/ad-1', { name, campaign_id: 'spring' });
});

/** Every document of this page comes under the strict policy. */
const underStrictPolicy = (page: Page) =>
  page.route(
    ({ pathname }) => !/^\/(api|assets|health)/.test(pathname),
    async (route) => {
      if (route.request().resourceType() !== 'document') return route.continue();
      const response = await route.fetch();
      return route.fulfill({
        response,
        headers: { ...response.headers(), 'content-security-policy': POLICY },
      });
    },
  );

/** Opens a page, and waits until nothing on it loads any more. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${server.url}${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await settled(page);
}
const settled = (page: Page) =>
  page.waitForFunction(() => !document.querySelector('[aria-busy="true"], [aria-label="Loading"]'));

/** Texts that are cut although no title of theirs, of what holds them or of what they hold says all of them. */
const cutWithoutTitle = (page: Page) =>
  page.evaluate(() => {
    const plain = (text: string) => text.replace(/\s+/g, ' ').trim().toLowerCase();
    const isCut = (element: Element) => {
      const { textOverflow, overflowX } = getComputedStyle(element);
      return (
        textOverflow === 'ellipsis' && overflowX !== 'visible' && element.scrollWidth > element.clientWidth
      );
    };
    return [...document.querySelectorAll<HTMLElement>('body *')].filter(isCut).flatMap((element) => {
      const titles = [...element.querySelectorAll<HTMLElement>('[title]')].map(({ title }) => title);
      for (let one: HTMLElement | null = element; one; one = one.parentElement) titles.push(one.title);
      const text = plain(element.textContent);
      return titles.some((title) => plain(title).includes(text)) ? [] : [text];
    });
  });

describe('in both themes', () => {
  let page: Page;
  const refused: string[] = [];
  beforeAll(async () => {
    page = await browser.newPage({ reducedMotion: 'reduce' });
    await underStrictPolicy(page);
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) refused.push(message.text());
    });
    page.on('pageerror', (error) => refused.push(error.message));
  });
  beforeEach(() => page.setViewportSize({ width: 1_440, height: 900 }));
  afterEach(() => expect(refused.splice(0)).toEqual([]));
  afterAll(() => page?.close());

  it.each(PAGES)(
    '%s breaks no rule of WCAG 2.2 AA, needs no inline code, cuts no text without a title, and is no wider than a narrow screen',
    async (path) => {
      await open(page, path);
      expect(await violationsInBoth(page)).toEqual([]);
      expect(await cutWithoutTitle(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await violationsInBoth(page)).toEqual([]);
      expect(await cutWithoutTitle(page)).toEqual([]);
      const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      expect(await page.evaluate(overflow)).toBe(0);
    },
  );

  it.each<[string, string, (page: Page) => Promise<unknown>]>([
    ['help', '/system', (page) => page.keyboard.press('?').then(() => page.getByTestId('help').waitFor())],
    [
      'search',
      '/system',
      (page) => page.keyboard.press('/').then(() => page.getByRole('option').first().waitFor()),
    ],
    [
      'the story of a click',
      '/clicks',
      async (page) => {
        await page.getByTestId('click-table').locator('tbody tr button').first().click();
        await page.getByTestId('story-steps').waitFor();
      },
    ],
    [
      'all groups',
      '/',
      async (page) => {
        await page.getByTestId('breakdown-entities').getByTestId('all-groups').click();
        await page.locator('dialog[open] tr[data-value="spring"]').waitFor();
      },
    ],
    [
      'the table of the chart, the menu of ranges and a custom range',
      '/?all=table&range=custom',
      async (page) => {
        await page.getByTestId('range').click();
        await page.getByTestId('range-custom').waitFor();
      },
    ],
    [
      'the details of health',
      '/system',
      async (page) => {
        await page.locator('[data-testid="health-light"]:visible').click();
        await page.getByTestId('health-details').waitFor();
      },
    ],
  ])('%s, opened, breaks no rule either', async (_name, path, act) => {
    await open(page, path);
    await act(page);
    await settled(page);
    expect(await violationsInBoth(page)).toEqual([]);
  });
});

it(`loads less than ${FIRST_LOAD_BYTES_MAX / 1_000} kB of JavaScript before the first figures`, async () => {
  const dist = join(ROOT, 'web/dist');
  const page = await browser.newPage();
  const loaded = new Set<string>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith('.js')) loaded.add(pathname);
  });
  await page.goto(server.url);
  await page.getByTestId('kpi-clicks').waitFor();
  await page.close();
  // Chart and map come after: they are counted when they are asked for, too.
  const later = [...loaded].filter((path) => /TimeChart|WorldMap|uplot/.test(path));
  const bytes = [...loaded]
    .filter((path) => !later.includes(path))
    .reduce((sum, path) => sum + gzipSync(readFileSync(join(dist, path))).length, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(FIRST_LOAD_BYTES_MAX);
  const names = readdirSync(join(dist, 'assets')).join(' ');
  for (const part of ['TimeChart', 'WorldMap', 'CommandList', 'save-report']) expect(names).toContain(part);
});
