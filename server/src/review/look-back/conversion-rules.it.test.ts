import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { type ClickStory, DEFAULT_RULE_SETTINGS, type RunsReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendConversions } from '../../ledger/append-conversions.js';
import { aConversion } from '../../testing/conversions.js';
import { aClick, startTestSystem, type TestSystem } from '../../testing/system.js';
import { until } from '../../testing/wait.js';
import { FINDERS } from './find.js';

/** Rules that look back at what conversions tell. */
const HOUR_MS = 3_600_000;
const NOW_MS = Date.now();
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  const reply = await system.app.inject({
    method: 'PUT',
    url: '/api/v1/fraud/rules',
    payload: {
      datacenter_ip: { state: 'off' },
      ad_burst: { ...DEFAULT_RULE_SETTINGS.ad_burst, state: 'off' },
      velocity_ip: { ...DEFAULT_RULE_SETTINGS.velocity_ip, state: 'off' },
      // Each minute they look at the last one alone: a test runs them over its own hour.
      low_conversion: { state: 'on', clicks_min: 100, window_minutes: 1 },
      instant_conversion: { state: 'on', seconds_min: 3, window_minutes: 1 },
    },
  });
  expect(reply.statusCode, reply.body).toBe(200);
});
afterAll(() => system?.close());

/** Clicks of a publisher, each of another person; returns their IDs. */
async function clicksOf(host: string, count: number, clickedAtMs: number): Promise<string[]> {
  const clicks = Array.from({ length: count }, (_, i) =>
    aClick({
      click_id: randomUUID(),
      user_id: `${host}-${i}`,
      user_agent: CHROME,
      referrer: `https://${host}/page`,
      timestamp: new Date(clickedAtMs).toISOString(),
    }),
  );
  const reply = await system.post('/api/v1/clicks/batch', { clicks });
  expect(reply.json(), reply.body).toMatchObject({ accepted: count });
  return clicks.map(({ click_id }) => click_id);
}

async function convert(clickIds: readonly string[], convertedAtMs: number): Promise<string[]> {
  const conversions = clickIds.map((clickId) => aConversion({ clickId, userId: null, convertedAtMs }));
  await appendConversions(system.pool, conversions, Date.now());
  const ids = conversions.map(({ conversionId }) => conversionId);
  await statusOf(ids, 'attributed');
  return ids;
}

/** Resolves when all of them have this status, in analytics too. */
async function statusOf(conversionIds: readonly string[], status: string): Promise<void> {
  await until(
    async () => {
      const { rows } = await system.pool.query<{ n: number }>(
        'SELECT count(*) AS n FROM conversion_states WHERE conversion_id = ANY ($1) AND status = $2',
        [conversionIds, status],
      );
      return rows[0]?.n;
    },
    (n) => n === conversionIds.length,
  );
  await system.caughtUp();
}

async function run(fromMs: number, toMs: number): Promise<RunsReply['data']> {
  const reply = await system.post('/api/v1/fraud/rules/run', {
    start_time: new Date(fromMs).toISOString(),
    end_time: new Date(toMs).toISOString(),
  });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<RunsReply>().data;
}

const story = (clickId: string) => system.get<ClickStory>(`/api/v1/clicks/${clickId}`);

it('a publisher whose clicks convert far below the others’ is named, and its clicks are flagged; one that is a little below is not', async () => {
  const atMs = NOW_MS - 10 * HOUR_MS;
  const good = await clicksOf('good.example', 400, atMs);
  const fair = await clicksOf('fair.example', 200, atMs);
  const bad = await clicksOf('bad.example', 200, atMs);
  await system.caughtUp();
  await convert([...good.slice(0, 80), ...fair.slice(0, 25), ...bad.slice(0, 1)], atMs + HOUR_MS);
  const runs = await run(atMs - 1, atMs + 1);
  expect(runs.find(({ rule }) => rule === 'low_conversion')).toMatchObject({ subjects: 1, adjusted: 200 });
  const { click, adjustments } = await story(bad[5] as string);
  expect(click).toMatchObject({ is_fraudulent: true, fraud_reason: 'low_conversion' });
  expect(adjustments[0]?.evidence).toMatchObject({ clicks: 200, converted: 1, peers_percent: 17.5 });
  expect((await story(fair[0] as string)).click.is_fraudulent).toBe(false);
  // Said again, it changes nothing.
  expect((await run(atMs - 1, atMs + 1)).some(({ rule }) => rule === 'low_conversion')).toBe(false);
});

it('a click whose conversion came too soon is flagged, and the conversion has no click any more; at the bound it is left alone', async () => {
  const atMs = NOW_MS - 5 * HOUR_MS;
  const [soon, later] = (await clicksOf('app.example', 2, atMs)) as [string, string];
  await system.caughtUp();
  const [taken] = (await convert([soon], atMs + 2_999)) as [string];
  await convert([later], atMs + 3_000);
  const runs = await run(atMs - 1, atMs + 1);
  expect(runs.find(({ rule }) => rule === 'instant_conversion')).toMatchObject({ subjects: 1, adjusted: 1 });
  const { click, adjustments } = await story(soon);
  expect(click.fraud_reason).toBe('instant_conversion');
  expect(adjustments[0]?.evidence).toMatchObject({ seconds: 2.999, seconds_min: 3 });
  expect((await story(later)).click.is_fraudulent).toBe(false);
  await statusOf([taken], 'unattributed');
});

it('where there are no conversions, one short question is asked, and clicks are not read', async () => {
  const asked: string[] = [];
  const client = {
    query: (params: { query: string }) => {
      asked.push(params.query);
      return system.analytics?.query(params as never);
    },
  } as unknown as ClickHouseClient;
  const range = { tenantId: 99, fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS };
  const slice = { index: 0, count: 1 };
  for (const rule of ['low_conversion', 'instant_conversion'] as const)
    expect(
      await FINDERS[rule](client, range, DEFAULT_RULE_SETTINGS, {
        slice,
        after: null,
        subjectsMax: 10,
        unflaggedOnly: true,
      }),
    ).toEqual({ subjects: [], next: null });
  expect(asked).toHaveLength(2);
  expect(asked.join()).not.toContain('click_events');
});
