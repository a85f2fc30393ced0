import { randomUUID } from 'node:crypto';
import type { AggregateReply, RebuildReply, ReconciliationReply, StatsReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadChunk } from '../analytics/rollups/load-chunk.js';
import { EVENT_KINDS } from '../click/event-kinds.js';
import { LOCKS } from '../lib/locks.js';
import { convert, decide, matched } from '../testing/conversions.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({}, { reconcileEveryMs: 100 });
});
afterAll(() => system?.close());

const client = () => {
  if (!system.analytics) throw new Error('no analytics');
  return system.analytics;
};
const ask = async (query: string) =>
  (await client().query({ query, format: 'JSONEachRow' })).json<Record<string, unknown>>();
const change = (query: string) =>
  client().command({ query, clickhouse_settings: { readonly: '0', mutations_sync: '2' } });
/** What rows add up to, and a checksum of all that they say. */
const figures = async () => ({
  conversions: await ask(
    `SELECT basis, status, views, campaign_id, toString(sum(sign)) AS n, toString(sum(sign * value_micros)) AS v FROM conversion_events
     GROUP BY ALL HAVING sum(sign) != 0 ORDER BY ALL`,
  ),
  rows: await ask(
    'SELECT toString(count()) AS n, toString(sum(cityHash64(tuple(*)))) AS h FROM conversion_events',
  ),
  hours: await ask(
    `SELECT dimensions, basis, views, toString(sum(conversions)) AS n, toString(sum(waiting)) AS w, toString(sum(unattributed)) AS u,
       toString(sum(value_micros)) AS v FROM conversions_by_hour GROUP BY ALL HAVING n != '0' OR w != '0' OR u != '0' ORDER BY ALL`,
  ),
  clicks: await ask(
    'SELECT toString(count()) AS n, toString(sum(cityHash64(tuple(*)))) AS h FROM click_events',
  ),
});
const chunks = async () =>
  (await system.pool.query<{ chunk_id: number }>('SELECT chunk_id FROM chunks')).rows.map(
    (row) => row.chunk_id,
  );
async function click(fields: Record<string, unknown> = {}): Promise<string> {
  const clickId = randomUUID();
  expect((await system.post('/api/v1/clicks', aClick({ click_id: clickId, ...fields }))).statusCode).toBe(
    202,
  );
  return clickId;
}
/** Commits while nothing can be stamped, so that all of it is in one chunk. */
async function inOneChunk(work: () => Promise<unknown>): Promise<void> {
  const session = await system.pool.connect();
  await session.query('SELECT pg_advisory_lock($1)', [LOCKS.chunks]);
  try {
    await work();
  } finally {
    session.release(true);
  }
}
const reconciliation = () => system.get<ReconciliationReply>('/api/v1/admin/reconciliation');
const allChecked = () => until(reconciliation, (reply) => reply.unchecked_chunks === 0);
const checkAnew = () => system.pool.query('UPDATE chunks SET reconciled_at = NULL');

let sold: string;

it('a conversion waits, is attributed, and is counted at its own time and at its click’s', async () => {
  const valid = await click({ campaign_id: 'c-1' });
  const last = await click({ campaign_id: 'c-2' });
  sold = (await convert(system.pool, { userId: 'buyer', convertedAtMs: Date.now() + 1_000 })).conversionId;
  await convert(system.pool);
  await system.caughtUp();
  const row = { basis: 'conversion', status: 'waiting', views: 3, campaign_id: '', n: '2', v: '25000000' };
  expect((await figures()).conversions).toEqual([row]);

  const clicks = { click: await matched(system.pool, valid), anyClick: await matched(system.pool, last) };
  expect(await decide(system.pool, sold, clicks)).toBe(1);
  await system.caughtUp();
  const sale = { n: '1', v: '12500000', status: 'attributed' };
  expect((await figures()).conversions).toEqual([
    { ...sale, basis: 'conversion', views: 1, campaign_id: 'c-1' },
    { ...sale, basis: 'conversion', views: 2, campaign_id: 'c-2' },
    { ...row, n: '1', v: '12500000' },
    { ...sale, basis: 'click', views: 1, campaign_id: 'c-1' },
    { ...sale, basis: 'click', views: 2, campaign_id: 'c-2' },
  ]);
  const [{ rows }] = (await ask('SELECT toInt32(count()) AS rows FROM conversion_events')) as [
    { rows: number },
  ];
  const { rows: counted } = await system.pool.query('SELECT sum(conversion_count)::int AS rows FROM chunks');
  expect(counted).toEqual([{ rows }]);
  const [{ seconds }] = (await ask(
    `SELECT max(seconds_to_convert) AS seconds FROM conversion_events WHERE status = 'attributed'`,
  )) as [{ seconds: number }];
  expect(seconds).toBeGreaterThanOrEqual(1);
});

it('its figures are in aggregates, several at once and CSV, and in nothing that does not ask', async () => {
  const range = {
    start_time: new Date(Date.now() - 3_600_000).toISOString(),
    end_time: new Date(Date.now() + 3_600_000).toISOString(),
    granularity: 'total',
    group_by: 'campaign_id',
  };
  const metrics = 'conversions,conversions_waiting,conversion_values,cvr,roas';
  const ask = async (fields: Record<string, string>) =>
    (
      await system.get<AggregateReply>(
        `/api/v1/analytics/aggregate?${new URLSearchParams({ ...range, ...fields })}`,
      )
    ).data;
  const worth = [{ currency: 'EUR', value_micros: 12_500_000, value: '12.5' }];
  const sold = { conversions: 1, conversions_waiting: 0, conversion_values: worth, cvr: 1, roas: null };
  expect(await ask({ metrics, order_by: 'conversions', limit: '1' })).toMatchObject([
    { campaign_id: 'c-1', clicks: 1, ...sold },
  ]);
  expect(
    await ask({ metrics, attribution: 'all_clicks', conversion_time: 'click', campaign_id: 'c-2' }),
  ).toMatchObject([{ campaign_id: 'c-2', ...sold }]);
  expect(await ask({ metrics, action: 'another' })).toHaveLength(2);
  for (const row of await ask({})) expect(row).not.toHaveProperty('conversions');
  expect((await ask({ metrics })).find((row) => row.campaign_id === '')).toMatchObject({
    ...{ clicks: 0, conversions: 0, conversions_waiting: 1, conversion_values: [], cvr: null },
  });
  // Spend and value are of one currency, or there is no ratio of them.
  await system.pool.query(`UPDATE campaigns SET cost_per_click_micros = 250000 WHERE campaign_id = 'c-1'`);
  await click({ campaign_id: 'c-1' });
  await system.caughtUp();
  const spend = async () =>
    (await ask({ metrics: 'cpa,roas,cvr', campaign_id: 'c-1' })).map((row) => [
      row.cpa_micros,
      row.roas,
      row.cvr,
    ]);
  expect(await spend()).toEqual([[250_000, 0, 0.5]]);
  await system.pool.query(`UPDATE tenants SET currency = 'EUR' WHERE tenant_id = 1`);
  expect(await spend()).toEqual([[250_000, 50, 0.5]]);

  const questions = [
    { ...range, metrics },
    { ...range, metrics: 'clicks' },
  ];
  const lines = (await system.post('/api/v1/analytics/questions', { questions })).body.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).status).sort()).toEqual([200, 400]);
  const csv = await system.app.inject({
    url: `/api/v1/export/aggregate.csv?${new URLSearchParams({ ...range, metrics: `${metrics},cpa`, campaign_id: 'c-1' })}`,
  });
  const [header, line] = csv.body
    .replaceAll('"', '')
    .split('\r\n')
    .map((one) => one.split(','));
  const cells = Object.fromEntries(header?.map((name, i) => [name, line?.[i]]) ?? []);
  expect(cells).toMatchObject({
    ...{
      conversions: '1',
      conversions_waiting: '0',
      conversion_value_EUR: '12.5',
      cvr: '0.5',
      roas: '50',
      cpa: '0.25',
    },
  });
  expect(header?.slice(-6)).toEqual([
    ...metrics.replace('conversion_values', 'conversion_value_EUR').split(','),
    'cpa',
  ]);
  const fraud = await system.app.inject({
    url: `/api/v1/analytics/aggregate?${new URLSearchParams({ ...range, metrics, group_by: 'fraud_reason' })}`,
  });
  expect([fraud.statusCode, fraud.json().error.fieldErrors]).toEqual([
    400,
    { metrics: [expect.stringContaining('fraud_reason')] },
  ]);
});

it('a chunk that is sent again, whole or from the middle, changes nothing', async () => {
  const before = await figures();
  for (const chunkId of await chunks())
    for (const kind of EVENT_KINDS) await loadChunk(client(), { kind, chunkId, partId: null });
  expect(await figures()).toEqual(before);
  await system.pool.query('UPDATE chunks SET delivered_at = NULL');
  await system.caughtUp();
  expect(await figures()).toEqual(before);
});

it('a stop between the clicks and the conversions of one chunk loses none and doubles none', async () => {
  const before = await figures();
  await change('RENAME TABLE conversion_events TO conversion_events_away');
  await inOneChunk(async () => {
    await click();
    await convert(system.pool);
  });
  // The clicks of the chunk are in, its conversions are not.
  await until(
    () => ask('SELECT toString(count()) AS n FROM click_events'),
    ([row]) => Number(row?.n) === Number(before.clicks[0]?.n) + 1,
  );
  await until(
    () => system.relay?.lastError,
    (error) => error?.includes('conversion_events') ?? false,
  );
  await change('RENAME TABLE conversion_events_away TO conversion_events');
  await system.caughtUp();
  const after = await figures();
  expect(after.clicks[0]?.n).toBe(String(Number(before.clicks[0]?.n) + 1));
  expect(after.rows[0]?.n).toBe(String(Number(before.rows[0]?.n) + 1));
});

it('a rebuild makes the same rows', async () => {
  await decide(system.pool, sold, { cause: 'restated', valueMicros: 3_000_000n });
  await system.folded();
  const before = await figures();
  expect((await system.post('/api/v1/admin/rebuild', {})).statusCode).toBe(202);
  const rebuild = () => system.get<RebuildReply>('/api/v1/admin/rebuild');
  expect(await until(rebuild, ({ state }) => state === 'done' || state === 'failed')).toMatchObject({
    state: 'done',
  });
  expect(await figures()).toEqual(before);
});

it.each([
  [
    'a row that is lost',
    'conversion_events',
    `DELETE WHERE conversion_id = '%' AND basis = 'click' AND views = 1`,
  ],
  [
    'a value that is another',
    'conversion_events',
    `UPDATE value_micros = value_micros + 1 WHERE conversion_id = '%'`,
  ],
  ['an hour that a rollup lacks', 'conversions_by_hour, grouping 4', 'DELETE WHERE dimensions = 4'],
  [
    'a value that a rollup has too much',
    'conversions_by_hour, grouping 0',
    'UPDATE value_micros = value_micros + 1 WHERE dimensions = 0',
  ],
])('%s is found, noted and repaired', async (_, place, damage) => {
  await allChecked();
  const before = await figures();
  const { differences_found: known } = await reconciliation();
  await change(`ALTER TABLE ${place.split(',')[0]} ${damage.replace('%', sold)}`);
  expect(await figures()).not.toEqual(before);
  await checkAnew();
  const found = await until(
    reconciliation,
    (reply) => reply.differences_found > known && reply.differences_open === 0,
  );
  expect(found.recent.map((one) => one.place)).toContain(place);
  expect(await figures()).toEqual(before);
});

it('a conversion that the engine refuses is set aside; the others of its chunk arrive, and its clicks', async () => {
  const before = await figures();
  await change('ALTER TABLE conversion_events ADD CONSTRAINT no_poison CHECK value_micros != 666');
  await inOneChunk(async () => {
    for (let i = 0; i < 5; i++) await convert(system.pool, { valueMicros: i === 2 ? 666n : 1n });
    await click();
  });
  await system.caughtUp();
  expect((await system.get<StatsReply>('/api/v1/admin/stats')).set_aside).toBe(1);
  const after = await figures();
  expect(after.rows[0]?.n).toBe(String(Number(before.rows[0]?.n) + 4));
  expect(after.clicks[0]?.n).toBe(String(Number(before.clicks[0]?.n) + 1));
  const { rows } = await system.pool.query(`SELECT kind, reason FROM chunk_parts WHERE state = 'set_aside'`);
  expect(rows).toMatchObject([{ kind: 'conversions', reason: expect.stringContaining('no_poison') }]);
  // Neither comparing nor rebuilding takes it for lost.
  await checkAnew();
  expect((await allChecked()).differences_open).toBe(0);
});

it('an erasure takes the user off conversions, which count as before', async () => {
  const before = await figures();
  const { rows } = await system.pool.query(`SELECT forget_user(1, 'buyer', 'salt') AS clicks`);
  expect(rows).toEqual([{ clicks: 0 }]);
  for (const table of ['conversions', 'conversion_states'])
    expect((await system.pool.query(`SELECT FROM ${table} WHERE user_id = 'buyer'`)).rowCount).toBe(0);
  await system.pool.query(`SELECT forget_span(1, now() - interval '1 day', now(), 'salt')`);
  expect((await system.pool.query('SELECT FROM conversions WHERE user_id IS NOT NULL')).rowCount).toBe(0);
  expect((await system.pool.query('SELECT FROM conversion_states WHERE user_id IS NOT NULL')).rowCount).toBe(
    0,
  );
  expect((await figures()).conversions).toEqual(before.conversions);
});
