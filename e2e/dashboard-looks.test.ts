import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.js';
import { launchBrowser } from './browser.js';
import { sendClicks } from './dashboard-fixtures.js';
import {
  flagSpeedOnly,
  newDataDir,
  ROOT,
  removeDataDir,
  type ServerProcess,
  startServer,
} from './server-process.js';

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
  '/test-clicks',
  '/system',
  '/nowhere',
];
const dataDir = newDataDir();
let server: ServerProcess;
let browser: Browser;
beforeAll(async () => {
  server = await startServer(dataDir);
  await flagSpeedOnly(server.url);
  await sendClicks(server.url, 80, (i) => ({
    user_id: `user-${i % 9}`,
    country: ['DE', 'US', 'BR'][i % 3],
    device_type: i % 2 === 0 ? 'mobile' : 'desktop',
    os: 'iOS',
    browser: 'Safari',
  }));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGTERM');
  removeDataDir(dataDir);
});

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  it.each(PAGES)(
    '%s breaks no rule of WCAG 2.2 AA and needs no inline code, wide and narrow',
    async (path) => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width: 1_440, height: 900 },
        bypassCSP: false,
      });
      const page = await context.newPage();
      const refused: string[] = [];
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) refused.push(message.text());
      });
      page.on('pageerror', (error) => refused.push(error.message));
      await page.route('**/*', async (route) => {
        if (route.request().resourceType() !== 'document') return route.continue();
        const response = await route.fetch();
        return route.fulfill({
          response,
          headers: { ...response.headers(), 'content-security-policy': POLICY },
        });
      });
      await page.goto(`${server.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], [aria-label="Loading"]'));
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await violations(page)).toEqual([]);
      const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      expect(await page.evaluate(overflow)).toBe(0);
      expect(refused).toEqual([]);
      await context.close();
    },
  );
});

it('dialogs and menus break no rule either', async () => {
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.getByTestId('kpi-clicks').waitFor();
  await page.keyboard.press('?');
  await page.getByTestId('help').getByRole('heading', { level: 2 }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.getByTestId('search').getByRole('option').first().waitFor();
  expect(await violations(page)).toEqual([]);
  await page.close();
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
