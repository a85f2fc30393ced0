import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RebuildReply } from '@clickledger/contract';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '../embedded/clickhouse/start.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/postgres/start.js';
import { LOCKS, tryLock } from '../lib/locks.js';
import { silentLog } from '../lib/log.js';
import { Wake } from '../lib/wake.js';
import { aBackground } from '../testing/background.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { RelayMeter } from './meter.js';
import { Rebuild } from './rebuild.js';
import { Relay } from './relay.js';

/** Two nodes that both may relay, on the same stores: one of them does. */
let postgres: EmbeddedPostgres;
let clickhouse: EmbeddedClickHouse;
let leader: TestSystem;
let other: TestSystem;
const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-stores-'));

beforeAll(async () => {
  const password = 'p'.repeat(32);
  postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'pg'), password, log: silentLog });
  clickhouse = await startEmbeddedClickHouse({ dataDir: join(dataDir, 'ch'), password, log: silentLog });
  const url = new URL(clickhouse.url);
  url.username = clickhouse.username;
  url.password = password;
  const env = { DATABASE_URL: postgres.loopbackUrl, CLICKHOUSE_URL: url.href };
  leader = await startTestSystem({ ...env, NODE_NAME: 'leader' });
  await leader.post('/api/v1/clicks/batch', { clicks: Array.from({ length: 10 }, () => aClick()) });
  await leader.caughtUp();
  other = await startTestSystem({ ...env, NODE_NAME: 'other' });
});
afterAll(async () => {
  await other?.close();
  await leader?.close();
  await clickhouse?.stop();
  await postgres?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const rebuildOn = (node: TestSystem) => node.post('/api/v1/admin/rebuild', {});
const lockIsFree = async () => {
  const held = await tryLock(leader.pool, LOCKS.personalData, 'shared');
  await held?.release();
  return held !== null;
};

it('a rebuild is refused where another node relays, and done where that is', async () => {
  const refused = await until(
    () => rebuildOn(other),
    ({ statusCode }) => statusCode === 409,
  );
  expect(refused.json().error.code).toBe('not_here');
  await until(lockIsFree, (isFree) => isFree);
  expect((await rebuildOn(leader)).statusCode).toBe(202);
  const done = await leader.untilRelayed(
    () => leader.get<RebuildReply>('/api/v1/admin/rebuild'),
    ({ state }) => state === 'done' || state === 'failed',
  );
  expect(done).toMatchObject({ state: 'done', error: null, clicks_done: 10 });
});

it('a rebuild that has loaded when another node begins to relay is given up, and keeps nobody from forgetting', async () => {
  if (!leader.analytics) throw new Error('no analytics');
  const background = aBackground();
  const folds = { settled: async () => undefined, foldPart: async () => undefined };
  const parts = { client: leader.analytics, folds, background, log: silentLog };
  const { url, username, password } = clickhouse;
  const rebuild = new Rebuild({ ...parts, pool: leader.pool, target: { url, username, password } });
  const relay = new Relay({
    ...parts,
    ledger: postgres.loopbackUrl,
    connectLedger: async () => {},
    between: [rebuild],
    meter: new RelayMeter(new Registry()),
    committed: new Wake(),
  });
  const outcome = rebuild.start(null);
  // It loads, and then waits for a turn that never comes: nobody else may take the lock.
  await until(
    () => rebuild.progress.clicksDone,
    (clicks) => clicks === 10,
  );
  expect(await lockIsFree()).toBe(false);
  relay.start();
  try {
    const given = await outcome;
    expect(given).toMatchObject({ exchanged: [], error: 'Another process relays now; rebuild there.' });
    expect(await lockIsFree()).toBe(true);
    expect(rebuild.start(null)).toBeNull();
  } finally {
    await relay.stop();
    await rebuild.stop();
  }
});
