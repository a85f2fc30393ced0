import type { Link } from '@clickledger/contract';
import { beforeAll, expect, it } from 'vitest';
import { until } from '../server/src/testing/wait.js';
import { violationsInBoth } from './helpers/axe.js';
import { api, page, server, useServer } from './helpers/server-and-page.js';

/** From a click of a link to its sale on every page, in a browser, on the real system. */
useServer();

let clickId: string;
beforeAll(async () => {
  await api.flagSpeedOnly();
  await api.send('PUT', 'campaigns/spring', {
    advertiser_id: 'acme',
    name: 'Spring sale',
    cost_per_click_micros: 500_000,
  });
  await api.send('PUT', 'ads/banner', { campaign_id: 'spring' });
  await api.send<Link>('POST', 'links', {
    ad_id: 'banner',
    slug: 'spring',
    destinations: [{ url: 'https://shop.example/?cid={click_id}' }],
  });
  clickId = (await api.follow('spring?utm_source=newsletter')).searchParams.get('cid') ?? '';
});

it('without conversions no page has figures of them; with one, each has', async () => {
  await page.goto(server.url);
  await page.getByTestId('kpi-clicks').waitFor();
  expect(await page.getByTestId('kpi-conversions').count()).toBe(0);
  await page.goto(`${server.url}/conversions`);
  await page.getByText('No conversions in this range').waitFor();
  expect(await violationsInBoth(page)).toEqual([]);

  await api.send('POST', 'conversions', {
    action: 'sale',
    click_id: clickId,
    order_id: 'order-1',
    value: '40',
    currency: 'USD',
  });
  await until(
    () => api.conversions(),
    (count) => count === 1,
  );
  await page.goto(server.url);
  await page.waitForSelector('[data-testid="kpi-conversions"][data-value="1"]');
  await page.waitForSelector('[data-testid="kpi-cvr"][data-value="1"]');
  await page.waitForSelector('[data-testid="kpi-cpa"][data-value="500000"]');
  await page.waitForSelector('[data-testid="kpi-roas"][data-value="80"]');
  expect(await violationsInBoth(page)).toEqual([]);
  await page.goto(`${server.url}/campaigns`);
  const row = page.locator('[data-campaign="spring"]');
  await row.getByText('80.00×').waitFor();
  await page.getByTestId('columns').click();
  await page.getByTestId('column-roas').click();
  await row.getByText('80.00×').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
});

it('the sale is in the list, with its click, and how long it took', async () => {
  await page.goto(`${server.url}/conversions`);
  const row = page.locator('[data-testid="conversion-table"] [data-status="attributed"]');
  await row.getByText('$40.00').waitFor();
  await row.getByText('Spring sale').waitFor();
  await page.getByTestId('time-to-convert').getByText('under 10 s').waitFor();
  expect(await violationsInBoth(page)).toEqual([]);
  await row.getByRole('button').click();
  await page.getByTestId('conversion-dialog').getByText(clickId).first().waitFor();
  expect(await violationsInBoth(page)).toEqual([]);
});

it('a postback is recorded, or refused with the reason, and the log says so', async () => {
  await page.goto(`${server.url}/conversions?tab=postbacks`);
  await page.getByTestId('make-secret').click();
  await expect.poll(() => page.getByTestId('postback-url').textContent()).toContain('secret=clk_postback_');
  const url = new URL((await page.getByTestId('postback-url').textContent()) ?? '');
  const send = (cid: string) => {
    const { searchParams: query } = url;
    query.set('cid', cid);
    query.set('txid', 'order-2');
    query.set('payout', '2.5');
    return fetch(url);
  };
  expect((await send(clickId)).status).toBe(200);
  expect((await send('nobody')).status).toBe(400);
  await page.locator('[data-testid="postback"][data-outcome="accepted"]').waitFor();
  const refused = page.locator('[data-testid="postback"][data-outcome="refused"]');
  await refused.getByText('cid=nobody').waitFor();
  expect(await violationsInBoth(page)).toEqual([]);
});

it('a test conversion goes the whole way, and changes no live figure', async () => {
  const before = await api.conversions();
  await page.goto(`${server.url}/conversions`);
  await page.getByTestId('test-conversion').click();
  await page.getByTestId('send-test').click();
  await page.getByTestId('test-sent').getByText('Recorded').waitFor();
  await page.getByTestId('view-test-conversion').click();
  await page.getByTestId('conversion-dialog').getByText('Attributed').first().waitFor();
  expect(await api.conversions()).toBe(before);
});
