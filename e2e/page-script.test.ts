import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { AggregateReply, Link, MadeApiKey } from '@clickledger/contract';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../server/src/testing/wait.js';
import type { Api } from './helpers/api.js';
import { page, server, useServer } from './helpers/server-and-page.js';
import { newTenant } from './helpers/tenant.js';

declare global {
  interface Window {
    clickledger: {
      clickId(): string | null;
      convert(action: string, conversion?: object): boolean;
    };
  }
}

/** The script of advertised pages, on a page of another origin, in a browser: from the link to the sale. */
useServer();

const SCRIPT = new URL('../web/dist/clickledger.js', import.meta.url);
let shop: Server;
let shopOrigin: string;
/** Attributes of the script on the shop's pages. */
let attributes = '';
let owner: Api;
let key: string;
let link: Link;

beforeAll(async () => {
  shop = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>Shop</title>
<script>window.clickledger = { q: [], convert: (...call) => { window.clickledger.q.push(call) } }</script>
<script src="${server.url}/clickledger.js" data-key="${key}" ${attributes} defer></script>`);
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  shopOrigin = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  owner = await newTenant();
  key = await makeKey(['ingest'], [shopOrigin]);
  await owner.send('PUT', 'campaigns/spring', { advertiser_id: 'acme' });
  await owner.send('PUT', 'ads/banner', { campaign_id: 'spring' });
  link = await owner.send<Link>('POST', 'links', {
    ad_id: 'banner',
    destinations: [{ url: `${shopOrigin}/landing?cid={click_id}` }],
    allow_http: true,
  });
  attributes = 'data-parameter="cid"';
});
afterAll(() => void shop?.close());

const makeKey = async (scopes: string[], origins: string[]): Promise<string> =>
  (await owner.send<MadeApiKey>('POST', 'keys', { name: 'page', scopes, origins })).key;

/** Where the link leads, as somebody who follows it: the shop's page with the id of the click. */
async function follow(on: Page): Promise<string> {
  await on.goto(`${server.url}/r/${link.slug}`);
  await on.waitForURL(`${shopOrigin}/landing?cid=*`);
  return new URL(on.url()).searchParams.get('cid') ?? '';
}

/** Calls the script of the page. */
async function convert(on: Page, orderId: string, fields: object = {}): Promise<boolean> {
  return on.evaluate(([id, more]) => window.clickledger.convert('sale', { orderId: id, ...more }), [
    orderId,
    fields,
  ] as const);
}

/** What the account has sold, once it is as much as expected. */
async function untilSold(expected: { sales: number; value: string }): Promise<void> {
  const range = 'range=last_24h&granularity=total&metrics=conversions,conversion_values';
  const row = await until(
    async () => (await owner.get<AggregateReply>(`analytics/aggregate?${range}`)).data[0],
    (seen) => seen?.conversions === expected.sales,
  );
  expect(row?.conversion_values).toMatchObject([{ currency: 'EUR', value: expected.value }]);
}

it('is less than 2 kB on its way', () => {
  expect(gzipSync(readFileSync(SCRIPT)).length).toBeLessThan(2_048);
});

it('who follows a link and buys is a sale of that click, on a later page too, and an order is one sale', async () => {
  const clickId = await follow(page);
  expect(await page.evaluate(() => window.clickledger.clickId())).toBe(clickId);
  expect(await convert(page, 'A-1', { value: '19.99', currency: 'EUR' })).toBe(true);
  await untilSold({ sales: 1, value: '19.99' });

  await page.goto(`${shopOrigin}/thanks`);
  expect(await page.evaluate(() => window.clickledger.clickId())).toBe(clickId);
  await convert(page, 'A-1', { value: '19.99', currency: 'EUR' });
  // The page ends at once.
  await page.evaluate(() => {
    window.clickledger.convert('sale', { orderId: 'A-2', value: 0.01, currency: 'EUR' });
    location.href = '/elsewhere';
  });
  await untilSold({ sales: 2, value: '20' });
  expect(await page.context().cookies()).toEqual([]);
});

it('sends nothing for somebody whom no link led here, unless the page knows them', async () => {
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  await page.goto(`${shopOrigin}/`);
  expect(await convert(page, 'B-1')).toBe(false);
  expect(sent).toEqual([]);
  expect(await convert(page, 'B-2', { userId: 'alice' })).toBe(true);
  await until(
    () => sent.length,
    (count) => count === 1,
  );
});

it('remembers nobody who asks not to be tracked, and nobody where the page says so', async () => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
  const clickId = await follow(page);
  expect(await page.evaluate(() => [window.clickledger.clickId(), localStorage.length])).toEqual([
    clickId,
    0,
  ]);
  await page.goto(`${shopOrigin}/later`);
  expect(await page.evaluate(() => window.clickledger.clickId())).toBeNull();
});

it.each(['session', 'cookie', 'none'])(
  'keeps the click in the storage that the page names: %s',
  async (storage) => {
    attributes = `data-parameter="cid" data-storage="${storage}"`;
    const clickId = await follow(page);
    await page.goto(`${shopOrigin}/later`);
    expect(
      await page.evaluate(() => [window.clickledger.clickId(), localStorage.length, sessionStorage.length]),
    ).toEqual([storage === 'none' ? null : clickId, 0, storage === 'session' ? 1 : 0]);
    expect((await page.context().cookies()).length).toBe(storage === 'cookie' ? 1 : 0);
  },
);

it('a key of another page, or one that may do more, sells nothing', async () => {
  const post = (sent: string, origin: string) =>
    fetch(`${server.url}/api/v1/conversions?key=${sent}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin, 'sec-fetch-site': 'cross-site' },
      body: JSON.stringify({ action: 'sale', user_id: 'u' }),
    });
  expect((await post(key, shopOrigin)).status).toBe(202);
  expect((await post(key, 'https://elsewhere.example')).status).toBe(403);
  expect((await post('none', shopOrigin)).status).toBe(401);
  const all = await makeKey(['ingest', 'read'], [shopOrigin]);
  const refused = await post(all, shopOrigin);
  expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: 'not_for_pages' } }]);
});
