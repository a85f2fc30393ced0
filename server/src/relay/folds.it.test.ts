import type { AggregateReply } from '@clickledger/contract';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fold } from '../analytics/rollups/fold.js';
import { ROLLUPS } from '../click/rollups.js';
import { type Fold, fixFold, readMarks, unfoldedChunks, wantFolded } from '../ledger/folds.js';
import { newestDelivered } from '../ledger/rebuild-plan.js';
import { silentLog } from '../lib/log.js';
import { Wake } from '../lib/wake.js';
import { aBackground } from '../testing/background.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { Folds } from './folds.js';
import { RelayMeter } from './meter.js';
import { Relay } from './relay.js';

/** A relay that delivers, and nothing between its chunks: each test folds by itself. */
let system: TestSystem;
let relay: Relay;
let session: pg.Client;
beforeAll(async () => {
  system = await startTestSystem({ FOLD_CLICKS: '250000', FOLD_SECONDS: '3600', DEDUP_WINDOW_DAYS: '90' });
  await system.relay?.stop();
  session = await openSession();
  relay = new Relay({
    ledger: ledgerOf(),
    client: client(),
    connectLedger: async () => {},
    between: [],
    folds: foldsOf(),
    meter: new RelayMeter(new Registry()),
    committed: new Wake(),
    background: aBackground(),
    log: silentLog,
  });
  relay.start();
});
afterAll(async () => {
  await relay?.stop();
  await session?.end();
  await system?.close();
});

// The password is hidden from a spread.
const ledgerOf = () =>
  ({ ...system.pool.options, password: system.pool.options.password }) as pg.ClientConfig;
async function openSession(): Promise<pg.Client> {
  const opened = new pg.Client(ledgerOf());
  await opened.connect();
  return opened;
}
const client = () => {
  if (!system.analytics) throw new Error('no analytics');
  return system.analytics;
};
const foldsOf = (parts: Partial<ConstructorParameters<typeof Folds>[0]> = {}) =>
  new Folds({
    client: client(),
    pool: system.pool,
    registry: new Registry(),
    background: aBackground(),
    due: { clicks: 1, seconds: 0 },
    ...parts,
  });
/** Folds whatever waits. */
async function foldAll(folds = foldsOf()): Promise<void> {
  await folds.lead(session);
  await until(
    async () => {
      await folds.turn(session, true);
      await folds.settled();
      return { newest: await newestDelivered(session), marks: await readMarks(session) };
    },
    ({ newest, marks }) => marks?.minutes === newest && marks.pairs === newest,
  );
  await folds.stop();
}

let sent = 0;
/** Clicks of two months, five campaigns and as many users as clicks; each call makes at least one chunk. */
async function deliver(count = 200): Promise<void> {
  const clicks = Array.from({ length: count }, (_, i) =>
    aClick({
      campaign_id: `camp-${i % 5}`,
      country: i % 2 ? 'DE' : 'US',
      user_id: `user-${sent + i}`,
      timestamp: new Date(Date.now() - (i % 3 === 0 ? 32 * 86_400_000 : 0)).toISOString(),
    }),
  );
  const reply = await system.post('/api/v1/clicks/batch', { clicks });
  expect(reply.json()).toMatchObject({ accepted: count });
  sent += count;
  await system.caughtUp();
}

const HOUR_MS = 3_600_000;
const HOUR = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const RANGE = `start_time=${new Date(HOUR - 40 * 24 * HOUR_MS).toISOString()}&end_time=${new Date(HOUR + 2 * HOUR_MS).toISOString()}`;
/** Every shape of question: from each rollup, singles and pairs, series and totals. */
const QUESTIONS = [
  'granularity=total',
  'granularity=total&group_by=campaign_id&limit=3',
  'granularity=total&group_by=country',
  'granularity=day',
  'granularity=total&group_by=campaign_id&country=DE',
  'granularity=total&group_by=country,campaign_id&limit=4&order_by=name',
];
const answers = () =>
  Promise.all(
    QUESTIONS.map(
      async (question) =>
        (await system.get<AggregateReply>(`/api/v1/analytics/aggregate?${RANGE}&${question}`)).data,
    ),
  );
const total = async () =>
  (await system.get<AggregateReply>(`/api/v1/analytics/aggregate?${RANGE}&granularity=total`)).total_clicks;
/** What the rollups hold under each grouping. */
async function inRollups(): Promise<Record<string, number>> {
  const result = await client().query({
    query: `SELECT 'clicks_by_minute' AS t, dimensions, sum(clicks) AS n FROM clicks_by_minute GROUP BY dimensions
      UNION ALL SELECT 'clicks_by_hour' AS t, dimensions, sum(clicks) AS n FROM clicks_by_hour GROUP BY dimensions`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ t: string; dimensions: number; n: string }>();
  return Object.fromEntries(rows.map(({ t, dimensions, n }) => [`${t} ${dimensions}`, Number(n)]));
}
/** Each grouping has every click once: 9 of minutes, 18 of hours. */
async function expectRollups(clicks: number): Promise<void> {
  const found = await inRollups();
  expect(Object.keys(found)).toHaveLength(27);
  expect(Object.entries(found).filter(([, found]) => found !== clicks)).toEqual([]);
}
async function fixNext(rollup: (typeof ROLLUPS)[number]): Promise<Fold> {
  const waiting = (await unfoldedChunks(session, 250_000)).find((one) => one.rollup === rollup);
  const fixed = waiting && (await fixFold(session, rollup, waiting.to));
  if (!fixed) throw new Error('nothing to fold');
  return fixed;
}

it('before, between and after folds, every question says the same', async () => {
  await deliver();
  await deliver();
  const before = await answers();
  expect(await total()).toBe(sent);
  expect(await inRollups()).toEqual({});
  await foldAll();
  await expectRollups(sent);
  expect(await answers()).toEqual(before);
  await deliver();
  expect(await total()).toBe(sent);
  await foldAll();
  await expectRollups(sent);
});

it('folding begins behind the chunks that views had filled the rollups with, in a ledger that knows of no fold', async () => {
  const newest = await newestDelivered(session);
  const write = (query: string) => client().command({ query, clickhouse_settings: { readonly: '0' } });
  await session.query('DELETE FROM rollup_folds');
  await write(`INSERT INTO filled_by_views VALUES (${newest})`);
  expect(await total()).toBe(sent);
  await foldsOf().lead(session);
  expect(await readMarks(session)).toEqual({ minutes: newest, pairs: newest });
  expect(await total()).toBe(sent);
  await foldAll();
  await expectRollups(sent);
});

it('a crash before a fold is sent, and one after it has landed: it is sent again, and counts once', async () => {
  await deliver();
  const before = await answers();
  // Fixed and not sent.
  await fixNext('minutes');
  expect(await answers()).toEqual(before);
  // Landed and not marked.
  await fold(client(), 'pairs', await fixNext('pairs'));
  expect(await answers()).toEqual(before);
  const fixed = await readMarks(session);
  await foldAll();
  expect(await readMarks(session)).not.toEqual(fixed);
  await expectRollups(sent);
  expect(await answers()).toEqual(before);
});

it('a fold that has landed and is not marked, of a relay that is gone, spoils no figure, however long', async () => {
  await deliver();
  const before = await answers();
  for (const rollup of ROLLUPS) await fold(client(), rollup, await fixNext(rollup));
  await expectRollups(sent);
  for (let i = 0; i < 3; i++) expect(await answers()).toEqual(before);
  // More clicks of both months, behind it.
  await deliver();
  expect(await total()).toBe(sent);
  const stats = await system.untilRelayed(
    () => system.get<{ analytics: { clicks: number } }>('/api/v1/admin/stats'),
    ({ analytics }) => analytics.clicks === sent,
  );
  expect(stats.analytics.clicks).toBe(sent);
  await foldAll();
  await expectRollups(sent);
});

it('whoever needs the rollups to be what their marks say, has the folds done that a relay before has left', async () => {
  await deliver();
  await fold(client(), 'minutes', await fixNext('minutes'));
  await fixNext('pairs');
  const folds = foldsOf();
  await folds.lead(session);
  await folds.settled();
  const newest = await newestDelivered(session);
  expect(await readMarks(session)).toEqual({ minutes: newest, pairs: newest });
  await expectRollups(sent);
  await folds.stop();
});

it('what somebody waits for is folded at once, however little it is; nothing else is', async () => {
  const folds = foldsOf({ due: { clicks: 1_000_000, seconds: 3_600 } });
  await folds.lead(session);
  await deliver();
  const before = await readMarks(session);
  const newest = await newestDelivered(session);
  await folds.turn(session, true);
  await folds.settled();
  expect(await readMarks(session)).toEqual(before);
  await wantFolded(session, newest);
  await until(
    async () => {
      await folds.turn(session, false);
      await folds.settled();
      return readMarks(session);
    },
    (marks) => marks?.minutes === newest && marks.pairs === newest,
  );
  await folds.stop();
  await expectRollups(sent);
});

it('a fold that is sent again after the engine was killed changes nothing; under another token it would', async () => {
  await deliver();
  const fixed = await fixNext('minutes');
  await fold(client(), 'minutes', fixed);
  const pid = system.pids.clickhouse();
  if (pid) process.kill(pid, 'SIGKILL');
  await until(
    async () => (system.pids.clickhouse() === pid ? null : await client().ping()),
    (ping) => ping?.success === true,
  );
  const before = await answers();
  for (let i = 0; i < 3; i++) await fold(client(), 'minutes', fixed);
  expect(await answers()).toEqual(before);
  await foldAll();
  await expectRollups(sent);
  // What the token prevents.
  await fold(client(), 'minutes', { from: fixed.from, to: fixed.to + 1 });
  expect(Object.values(await inRollups()).some((clicks) => clicks > sent)).toBe(true);
  for (const table of ['clicks_by_minute', 'clicks_by_hour'])
    await client().command({ query: `TRUNCATE TABLE ${table}`, clickhouse_settings: { readonly: '0' } });
  await session.query('UPDATE rollup_folds SET folded_to = 0');
  await foldAll();
  await expectRollups(sent);
  expect(await answers()).toEqual(before);
});

it('a relay that has lost its lock and sends its fold late, beside the one that relays now, counts nothing twice', async () => {
  await deliver();
  const stale = await fixNext('minutes');
  await foldAll();
  await deliver();
  await foldAll();
  await fold(client(), 'minutes', stale);
  await expectRollups(sent);
  // It fixes no other: its session is gone with its lock, and the mark has moved.
  expect(await fixFold(session, 'minutes', stale.to)).toBeNull();
});

it('questions asked while folds come in, one after the other, say the same throughout', async () => {
  for (let i = 0; i < 8; i++) await deliver(50);
  const before = await answers();
  let isDone = false;
  const asked = (async () => {
    let times = 0;
    for (; !isDone || times === 0; times++) expect(await answers()).toEqual(before);
    return times;
  })();
  // One chunk a fold, of minutes and pairs in turn, marked a moment later: each answer meets many.
  for (const rollup of [...ROLLUPS, ...ROLLUPS])
    for (let i = 0; i < 4; i++) {
      const [waiting] = (await unfoldedChunks(session, 1)).filter((one) => one.rollup === rollup);
      const fixed = waiting && (await fixFold(session, rollup, waiting.to));
      if (!fixed) continue;
      await fold(client(), rollup, fixed);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await system.pool.query(
        'UPDATE rollup_folds SET folded_to = folding_to, folding_to = NULL WHERE rollup = $1',
        [rollup],
      );
    }
  isDone = true;
  expect(await asked).toBeGreaterThan(0);
  await foldAll();
  await expectRollups(sent);
});

it('a part that was set aside and comes long after its chunk was folded is in the rollups once', async () => {
  await deliver(1);
  const { rows } = await system.pool.query<{ chunk_id: number; click_id: string }>(
    `SELECT b.chunk_id, e.click_id FROM click_events e JOIN batches b USING (batch_id) ORDER BY b.chunk_id DESC LIMIT 1`,
  );
  const [lost] = rows;
  if (!lost) throw new Error('no click');
  // As if the engine had refused it.
  await system.pool.query(
    `INSERT INTO chunk_parts (chunk_id, first_click_id, last_click_id, state) VALUES ($1, $2, $2, 'set_aside')`,
    [lost.chunk_id, lost.click_id],
  );
  await client().command({
    query: 'ALTER TABLE click_events DELETE WHERE click_id = {id:UUID}',
    query_params: { id: lost.click_id },
    clickhouse_settings: { mutations_sync: '2', readonly: '0' },
  });
  await foldAll();
  await expectRollups(sent - 1);
  // As the runbook says.
  await system.pool.query(`UPDATE chunk_parts SET state = 'pending' WHERE state = 'set_aside'`);
  await system.pool.query('UPDATE chunks SET delivered_at = NULL WHERE chunk_id = $1', [lost.chunk_id]);
  await system.caughtUp();
  await expectRollups(sent);
  expect(await total()).toBe(sent);
});

it('with too much behind, the next chunk waits for the fold at hand', async () => {
  await deliver();
  let land: () => void = () => undefined;
  const slow = new Proxy(client(), {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'command') return value.bind(target);
      return async (params: Parameters<typeof target.command>[0]) => {
        await new Promise<void>((resolve) => {
          land = resolve;
        });
        return target.command(params);
      };
    },
  });
  const folds = foldsOf({ client: slow, behindClicksMax: 300 });
  await folds.lead(session);
  await folds.turn(session, true);
  // 200 clicks behind: the relay goes on.
  await folds.turn(session, true);
  await deliver();
  let hasTurned = false;
  const turn = folds.turn(session, true).then(() => {
    hasTurned = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(hasTurned).toBe(false);
  land();
  await turn;
  // The next one is under way.
  land();
  await folds.settled();
  await folds.stop();
  await foldAll();
  await expectRollups(sent);
});
