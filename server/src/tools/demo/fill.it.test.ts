import type { AggregateReply, Campaign, FraudSummaryReply, LinksReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../config.js';
import { openCountryLookup } from '../../enrich/country.js';
import { resultsOf, toImportBatch } from '../../ingest/import-wire.js';
import { sleep } from '../../lib/backoff.js';
import { makeClickPreparation } from '../../system/ingest.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';
import { RETRY_DEFAULTS } from '../import/retry.js';
import { findAddresses } from './addresses.js';
import { fill } from './fill.js';
import { DemoImpressions, IMPRESSION_AGE_MS_MAX, sendImpressions } from './impressions.js';
import { demoLandings, setUpLinks } from './links.js';
import { attackCount, monthOfClicks } from './month.js';
import { DEMO_COUNTRIES } from './people.js';
import { planMonth } from './plan.js';
import { SALE_AGE_MS_MAX, salesOf } from './sales.js';
import { sendSales, setUpActions } from './send-sales.js';
import { setUpEntities } from './set-up.js';

const COUNT = 40_000;
const SEED = 1;
const endMs = Date.now();
const range = `start_time=${new Date(endMs - 31 * 86_400_000).toISOString()}&end_time=${new Date(endMs).toISOString()}`;
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

const api = async <T>(path: string, body?: unknown, method?: 'POST' | 'PUT'): Promise<T> => {
  const url = `/api/v1/${path}`;
  const how = body === undefined ? 'GET' : (method ?? 'POST');
  const reply = await system.app.inject({ method: how, url, payload: body as object });
  if (reply.statusCode >= 300) throw new Error(`${url}: ${reply.statusCode} ${reply.body}`);
  return reply.json() as T;
};

it('the demo fills the system through the import: named, priced, both attacks flagged, links, conversions and impressions with them, and a repeat adds nothing', async () => {
  const plan = planMonth(COUNT - attackCount(COUNT), endMs, SEED);
  await setUpEntities(
    (path, body) => system.app.inject({ method: 'PUT', url: `/api/v1/${path}`, payload: body }),
    plan,
  );
  await setUpActions(api);
  const links = await setUpLinks(api);
  expect(await setUpLinks(api)).toEqual(links);
  const addressIn = findAddresses(await openCountryLookup(), DEMO_COUNTRIES);
  const month = () => monthOfClicks(plan, { clickCount: COUNT, tenantId: 1, seed: SEED, addressIn });
  const run = async () =>
    fill(month(), {
      tenantId: 1,
      landingOf: demoLandings(links),
      prepare: await makeClickPreparation(readConfig({}), 'a secret of the test, long enough'),
      submit: async (clicks) =>
        resultsOf((await system.post('/api/v1/admin/import', toImportBatch(clicks))).json()),
      retry: { ...RETRY_DEFAULTS, sleep: (ms) => sleep(ms) },
      nowMs: () => endMs,
    });
  const first = await run();
  expect(first).toMatchObject({ accepted: COUNT, duplicates: 0 });
  expect(await run()).toEqual({ accepted: 0, duplicates: COUNT, flagged: 0 });
  await system.caughtUp();

  const totals = await system.get<AggregateReply>(
    `/api/v1/analytics/aggregate?${range}&granularity=total&group_by=country`,
  );
  expect(totals.total_clicks).toBe(COUNT);
  expect(totals.data.length).toBeGreaterThan(10);
  const fraud = await system.get<FraudSummaryReply>(`/api/v1/fraud/summary?${range}&granularity=day`);
  expect(fraud.fraud_count).toBe(first.flagged);
  const decided = fraud.rules.filter((rule) => rule.decided > 0).map(({ rule }) => rule);
  expect(decided).toEqual(expect.arrayContaining(['velocity_ip', 'velocity_user']));
  // Weak signs on clean clicks are noise.
  const mismatches = await system.pool.query<{ clean: number; tripped: number }>(
    `SELECT count(*) FILTER (WHERE NOT is_fraudulent)::integer AS clean,
       count(*) FILTER (WHERE NOT is_fraudulent AND 'geo_mismatch' = ANY (string_to_array(fraud_reasons, ',')))::integer AS tripped
     FROM click_events`,
  );
  const { clean = 0, tripped = 0 } = mismatches.rows[0] ?? {};
  expect(clean).toBeGreaterThan(COUNT / 2);
  expect(tripped / clean).toBeLessThan(0.05);
  expect(tripped).toBeGreaterThan(0);
  expect(fraud.saved_micros).toBeGreaterThan(0);
  const campaign = await system.get<Campaign>('/api/v1/campaigns/np-clearance');
  expect(campaign).toMatchObject({
    name: 'Summer clearance',
    status: 'ended',
    cost_per_click_micros: 180_000,
  });

  const linked = await system.pool.query<{ links: number; sources: number }>(
    `SELECT count(DISTINCT landing::jsonb ->> 'link_id')::integer AS links, count(DISTINCT landing::jsonb ->> 'utm_source')::integer AS sources
     FROM click_events WHERE landing <> ''`,
  );
  expect(linked.rows[0]).toEqual({ links: links.size, sources: 7 });
  const { data } = await system.get<LinksReply>('/api/v1/links');
  expect(data).toHaveLength(links.size);

  const span = { fromMs: endMs - SALE_AGE_MS_MAX, untilMs: endMs, currency: 'USD' };
  const sales = [...month()].flatMap((click) => salesOf(click, span));
  expect(sales.length).toBeGreaterThan(COUNT / 250);
  expect(new Set(sales.map(({ order_id }) => order_id)).size).toBe(sales.length);
  expect(await sendSales(api, sales)).toEqual({ accepted: sales.length, duplicates: 0 });
  expect(await sendSales(api, sales)).toEqual({ accepted: 0, duplicates: sales.length });

  const shown = new DemoImpressions(endMs - IMPRESSION_AGE_MS_MAX);
  for (const click of month()) shown.add(click);
  const sum = await sendImpressions(api, 'demo', shown.counts());
  expect(sum).toBeGreaterThan(COUNT);
  expect(await sendImpressions(api, 'demo', shown.counts())).toBe(0);
});
