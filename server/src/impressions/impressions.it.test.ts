import { type ErrorReply, LIMITS } from '@clickledger/contract';
import type pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Background } from '../lib/background.js';
import { silentLog } from '../lib/log.js';
import { Wake } from '../lib/wake.js';
import { statementsLike } from '../testing/statements.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { ImpressionCounters } from './counters.js';
import { ImpressionMeter } from './meter.js';
import { ImpressionWriter } from './writer.js';

const AD = { ad_id: 'ad-1', campaign_id: 'camp-1', advertiser_id: 'adv-1' };
const ROUTE = '/api/v1/impressions';
let system: TestSystem;
let reports = 0;
beforeAll(async () => {
  system = await startTestSystem({}, { reconcileEveryMs: 50 });
  const { pool } = system;
  await pool.query("INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'other', 'Other')");
});
afterAll(() => system?.close());

const aReport = (impressions: object[]) => ({ report_id: `report-${++reports}`, impressions });
/** What each store has of a tenant, once analytics has all. */
async function stored(tenantId = 1): Promise<{ ledger: number; raw: number; hours: number }> {
  await system.caughtUp();
  const { rows } = await system.pool.query<{ n: number }>(
    'SELECT coalesce(sum(impressions), 0)::bigint AS n FROM impression_counts WHERE tenant_id = $1',
    [tenantId],
  );
  const inTable = async (table: string) => {
    const result = await system.analytics?.query({
      query: `SELECT toInt64(sum(impressions)) AS n FROM ${table} WHERE tenant_id = {tenant:UInt32}`,
      query_params: { tenant: tenantId },
      format: 'JSONEachRow',
    });
    return Number(((await result?.json<{ n: string }>()) ?? [])[0]?.n);
  };
  return {
    ledger: rows[0]?.n ?? 0,
    raw: await inTable('impression_counts'),
    hours: await inTable('impressions_by_hour'),
  };
}
const all = (n: number) => ({ ledger: n, raw: n, hours: n });

/** What one process has to count with. */
function aNode(pool: pg.Pool = system.pool) {
  const registry = new Registry();
  const counters = new ImpressionCounters();
  const meter = new ImpressionMeter(registry, () => writer.waiting);
  const writer = new ImpressionWriter({
    counters,
    pool,
    meter,
    committed: new Wake(),
    background: new Background({ log: silentLog, registry }),
    now: Date.now,
  });
  return {
    writer,
    show(count: number, { tenantId = 1, adId = 'ad-1' } = {}) {
      for (let i = 0; i < count; i++) {
        const linkId = `link of ${adId}`;
        counters.add({ tenantId, adId, linkId, country: 'DE', deviceType: 'mobile' }, Date.now());
        writer.counted();
      }
    },
    async notCounted(reason: string): Promise<number> {
      const metric = await registry.getSingleMetric('clickledger_impressions_not_counted_total')?.get();
      return metric?.values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
    },
  };
}

it('a report is in the ledger when it is answered, and counted once in every table, however often it is sent', async () => {
  const before = await stored();
  const report = aReport([
    { ...AD, count: 5, country: 'de', device_type: 'mobile' },
    { ad_id: 'ad-1', count: 2 },
  ]);
  const first = await system.post(ROUTE, report);
  expect([first.statusCode, first.json()]).toEqual([
    202,
    { entries: 2, impressions: 7, is_duplicate: false },
  ]);
  const again = await Promise.all([system.post(ROUTE, report), system.post(ROUTE, report)]);
  for (const one of again)
    expect([one.statusCode, one.json()]).toEqual([200, { entries: 2, impressions: 7, is_duplicate: true }]);
  expect(await stored()).toEqual(all(before.ledger + 7));
  const other = await system.post(ROUTE, { ...report, impressions: [{ ...AD, count: 6 }] });
  expect([other.statusCode, other.json<ErrorReply>().error.code]).toEqual([422, 'report_id_reused']);
  expect(await stored()).toEqual(all(before.ledger + 7));
});

it('a report that comes twice at once is counted once', async () => {
  const before = await stored();
  const report = aReport([{ ...AD, count: 3 }]);
  const replies = await Promise.all(Array.from({ length: 4 }, () => system.post(ROUTE, report)));
  expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 200, 202]);
  expect(await stored()).toEqual(all(before.ledger + 3));
});

it('a report has 1,000 entries at most, and is refused as a whole with the names of what is wrong', async () => {
  const before = await stored();
  const entries = (count: number) => Array.from({ length: count }, () => ({ ...AD, count: 1 }));
  expect((await system.post(ROUTE, aReport(entries(LIMITS.impressionEntriesMax + 1)))).statusCode).toBe(400);
  expect((await system.post(ROUTE, aReport(entries(LIMITS.impressionEntriesMax)))).statusCode).toBe(202);
  const old = new Date(Date.now() - 8 * 86_400_000).toISOString();
  const wrong: [object, string, RegExp][] = [
    [{ ad_id: 'ad-new', count: 1 }, 'impressions.1.ad_id', /Unknown ad/],
    [{ ad_id: 'ad-new', campaign_id: 'camp-new', count: 1 }, 'impressions.1.campaign_id', /advertiser_id/],
    [{ ...AD, count: 0 }, 'impressions.1.count', /At least 1/],
    [{ ...AD, count: LIMITS.impressionsEachMax + 1 }, 'impressions.1.count', /At most/],
    [{ ...AD, count: 1, country: 'XX' }, 'impressions.1.country', /country code/],
    [{ ...AD, count: 1, hour: old }, 'impressions.1.hour', /dedup window/],
    [
      { ...AD, count: 1, hour: new Date(Date.now() + 3_600_000).toISOString() },
      'impressions.1.hour',
      /ahead/,
    ],
  ];
  const id = `report-${++reports}`;
  for (const [entry, field, message] of wrong) {
    const reply = await system.post(ROUTE, { report_id: id, impressions: [{ ...AD, count: 1 }, entry] });
    expect([field, reply.statusCode]).toEqual([field, 400]);
    expect(reply.json().error.fieldErrors[field]?.[0]).toMatch(message);
  }
  // The id of a report that was refused is free.
  expect((await system.post(ROUTE, { report_id: id, impressions: [{ ...AD, count: 1 }] })).statusCode).toBe(
    202,
  );
  expect(await stored()).toEqual(all(before.ledger + 1_001));
});

it('impressions are stored under the campaign of the ad and the advertiser of the campaign, and only known campaigns where a tenant says so', async () => {
  await system.post(
    ROUTE,
    aReport([{ ad_id: 'ad-2', campaign_id: 'camp-2', advertiser_id: 'adv-2', count: 1 }]),
  );
  await system.post(ROUTE, aReport([{ ad_id: 'ad-2', count: 1 }]));
  await system.post(
    ROUTE,
    aReport([{ ad_id: 'ad-2', campaign_id: 'camp-2', advertiser_id: 'adv-9', count: 1 }]),
  );
  const { rows } = await system.pool.query(
    "SELECT DISTINCT campaign_id, advertiser_id FROM impression_counts WHERE ad_id = 'ad-2'",
  );
  expect(rows).toEqual([{ campaign_id: 'camp-2', advertiser_id: 'adv-2' }]);
  await system.pool.query('UPDATE tenants SET only_known_campaigns = true WHERE tenant_id = 1');
  const unknown = { ad_id: 'ad-3', campaign_id: 'camp-3', advertiser_id: 'adv-3', count: 1 };
  const refused = await system.post(ROUTE, aReport([unknown]));
  await system.pool.query('UPDATE tenants SET only_known_campaigns = false WHERE tenant_id = 1');
  expect(refused.json().error.fieldErrors['impressions.0.campaign_id']?.[0]).toMatch(/only known campaigns/);
});

it('the image is the same for every slug, is kept by nobody, and may stand in any page', async () => {
  for (const method of ['GET', 'HEAD'] as const) {
    const reply = await system.app.inject({ method, url: '/i/no-such-link.gif' });
    expect([reply.statusCode, reply.headers['content-type'], reply.headers['cache-control']]).toEqual([
      200,
      'image/gif',
      'no-store',
    ]);
    expect(reply.headers['cross-origin-resource-policy']).toBe('cross-origin');
    if (method === 'GET') expect(reply.rawPayload).toHaveLength(43);
  }
  const metrics = await system.services.metrics();
  expect(metrics).toContain('clickledger_impressions_not_counted_total{reason="unknown_slug"} 2');
});

it('the image of a link is an impression of its ad, from the moment that the link is in force', async () => {
  const before = await stored();
  const link = { ad_id: 'ad-1', slug: 'spring', destinations: [{ url: 'https://shop.example/' }] };
  expect((await system.post('/api/v1/links', link)).statusCode).toBe(201);
  await system.services.ingest?.links.refresh();
  const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0' };
  for (const more of [{}, {}, { 'sec-purpose': 'prefetch' }])
    await system.app.inject({ url: '/i/spring.gif', headers: { ...headers, ...more } });
  await system.app.inject({ url: '/i/spring.gif', headers: { 'user-agent': 'Googlebot-Image/1.0' } });
  await until(stored, ({ ledger }) => ledger > before.ledger);
  expect(await stored()).toEqual(all(before.ledger + 2));
  const { rows } = await system.pool.query(
    "SELECT ad_id, campaign_id, device_type, impressions FROM impression_counts WHERE link_id <> ''",
  );
  expect(rows).toEqual([{ ad_id: 'ad-1', campaign_id: 'camp-1', device_type: 'desktop', impressions: 2 }]);
});

it('nodes write what they counted within a second, each their own, and on a stop what is left', async () => {
  const before = await stored();
  const [one, two] = [aNode(), aNode()];
  one.show(40);
  two.show(2);
  await until(
    async () => one.writer.waiting + two.writer.waiting,
    (waiting) => waiting === 0,
  );
  expect(await stored()).toEqual(all(before.ledger + 42));
  one.show(5);
  two.show(3);
  await Promise.all([one.writer.stop(), two.writer.stop()]);
  expect(await stored()).toEqual(all(before.ledger + 50));
});

it('a crash takes what was counted since the last write, and no more', async () => {
  const before = await stored();
  let isGone = false;
  const connect = () => (isGone ? Promise.reject(new Error('the process is gone')) : system.pool.connect());
  const node = aNode({ connect } as unknown as pg.Pool);
  node.show(10);
  await until(
    async () => node.writer.waiting,
    (waiting) => waiting === 0,
  );
  isGone = true;
  node.show(4);
  await node.writer.stop();
  expect(await node.notCounted('stopped')).toBe(4);
  expect(await stored()).toEqual(all(before.ledger + 10));
});

it('a write whose reply was lost is sent again, and counted once', async () => {
  const before = await stored();
  let lost = 0;
  const deaf = {
    async connect() {
      const client = await system.pool.connect();
      return {
        async query(...statement: [never]) {
          const result = await client.query(...statement);
          if ((statement[0] as unknown) === 'COMMIT' && lost++ === 0) throw new Error('the reply got lost');
          return result;
        },
        release: () => client.release(),
      };
    },
  } as unknown as pg.Pool;
  const node = aNode(deaf);
  node.show(6);
  await until(
    async () => node.writer.waiting,
    (waiting) => waiting === 0,
  );
  expect(lost).toBe(2);
  expect(await stored()).toEqual(all(before.ledger + 6));
});

it('while the ledger is away impressions are kept and counted on, and written when it is back', async () => {
  const before = await stored();
  let isAway = true;
  const tried = { count: 0 };
  const pool = {
    connect() {
      tried.count++;
      return isAway ? Promise.reject(new Error('away')) : system.pool.connect();
    },
  } as unknown as pg.Pool;
  const node = aNode(pool);
  node.show(3);
  await until(
    async () => tried.count,
    (count) => count >= 1,
  );
  node.show(4);
  expect(node.writer.waiting).toBe(7);
  isAway = false;
  await until(
    async () => node.writer.waiting,
    (waiting) => waiting === 0,
  );
  expect(await stored()).toEqual(all(before.ledger + 7));
});

it('what is left when the ledger is away at a stop is lost, and counted', async () => {
  const node = aNode({ connect: () => Promise.reject(new Error('away')) } as unknown as pg.Pool);
  node.show(5);
  await node.writer.stop();
  expect(await node.notCounted('stopped')).toBe(5);
});

it('an ad that nobody knows is counted apart, and holds nothing up', async () => {
  const before = await stored();
  const node = aNode();
  node.show(2, { adId: 'no-such-ad' });
  node.show(3);
  await node.writer.stop();
  expect(await node.notCounted('unknown_ad')).toBe(2);
  expect(await stored()).toEqual(all(before.ledger + 3));
});

it('another tenant’s impressions are its own, and its ids of reports too', async () => {
  const [one, two] = [await stored(1), await stored(2)];
  const node = aNode();
  await system.pool.query(
    "INSERT INTO campaigns (tenant_id, campaign_id, advertiser_id) VALUES (2, 'camp-1', 'adv-x')",
  );
  await system.pool.query("INSERT INTO ads (tenant_id, ad_id, campaign_id) VALUES (2, 'ad-1', 'camp-1')");
  node.show(4, { tenantId: 2 });
  await node.writer.stop();
  expect([await stored(1), await stored(2)]).toEqual([one, all(two.ledger + 4)]);
  const { rows } = await system.pool.query(
    'SELECT DISTINCT advertiser_id FROM impression_counts WHERE tenant_id = 2',
  );
  expect(rows).toEqual([{ advertiser_id: 'adv-x' }]);
});

it('without impressions nothing is asked of the ledger', async () => {
  const statements = statementsLike(/impression/);
  const node = aNode();
  await node.writer.stop();
  expect(statements.count()).toBe(0);
  statements.stop();
});

it('reconciliation compares the impressions of each chunk, and what a rollup lacks is rebuilt from the ledger', async () => {
  await system.post(ROUTE, aReport([{ ...AD, count: 11 }]));
  const before = await stored();
  const { analytics } = system;
  for (const table of ['impression_counts', 'impressions_by_hour'])
    await analytics?.command({
      query: `ALTER TABLE ${table} DELETE WHERE tenant_id = 1`,
      clickhouse_settings: { readonly: '0', mutations_sync: '2' },
    });
  await system.pool.query('UPDATE chunks SET reconciled_at = NULL WHERE impression_count > 0');
  await until(
    async () => (await stored()).hours,
    (hours) => hours === before.ledger,
    60_000,
  );
  expect(await stored()).toEqual(all(before.ledger));
  const { rows } = await system.pool.query(
    "SELECT FROM reconciliation_differences WHERE place LIKE 'impression%'",
  );
  expect(rows.length).toBeGreaterThan(0);
});
