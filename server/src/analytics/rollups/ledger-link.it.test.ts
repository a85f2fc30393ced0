import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../../testing/system.js';
import { connectLedger, LEDGER, readThroughTable } from './ledger-link.js';
import { loadChunk } from './load-chunk.js';

let system: TestSystem;
let client: ClickHouseClient;
let chunkId: number;
beforeAll(async () => {
  system = await startTestSystem();
  if (!system.analytics) throw new Error('no analytics');
  client = system.analytics;
  await system.post('/api/v1/clicks', aClick({ user_id: 'somebody' }));
  await system.caughtUp();
  // From here on nobody else reads chunks.
  await system.relay?.stop();
  const { rows } = await system.pool.query('SELECT chunk_id FROM chunks');
  chunkId = rows[0].chunk_id;
});
afterAll(() => system?.close());

const ask = async <T>(query: string) => (await client.query({ query, format: 'JSONEachRow' })).json<T>();
const load = () => loadChunk(client, { kind: 'clicks', chunkId, partId: null });
const clicks = async () =>
  Number((await ask<{ n: string }>('SELECT sum(sign) AS n FROM click_events'))[0]?.n);
/** The sessions that analytics keeps, which come over TCP, and what they do. */
const sessions = async () =>
  (
    await system.pool.query<{ pid: number; usename: string; state: string }>(
      `SELECT pid, usename, state FROM pg_stat_activity WHERE client_addr IS NOT NULL AND backend_type = 'client backend'`,
    )
  ).rows;
/** Where the embedded ledger listens for analytics. */
async function addressOf(user: string, password: string): Promise<string> {
  const { rows } = await system.pool.query(
    `SELECT current_setting('port') AS port, current_database() AS database`,
  );
  return `postgresql://${user}:${password}@127.0.0.1:${rows[0].port}/${rows[0].database}`;
}
async function makeReader(user: string, password: string): Promise<void> {
  await system.pool.query(`CREATE ROLE ${user} SUPERUSER LOGIN PASSWORD '${password}'`);
}

it('chunks are read over one connection, which is left in no transaction; cut, another takes its place', async () => {
  await load();
  await load();
  const [first, ...others] = await sessions();
  expect(others).toEqual([]);
  expect(first?.state).toBe('idle');
  await system.pool.query('SELECT pg_terminate_backend($1, 10000)', [first?.pid]);
  // Whether the cut is seen before or in the read, the one after it is not the worse for it.
  await load().catch(() => undefined);
  await load();
  const [second] = await sessions();
  expect(second?.pid).not.toBe(first?.pid);
  expect(await clicks()).toBe(1);
});

it('another password of the ledger takes effect when analytics is told, and a wrong one is no end', async () => {
  await makeReader('reader', 'right');
  await connectLedger(client, await addressOf('reader', 'wrong'));
  await expect(load()).rejects.toThrow();
  await connectLedger(client, await addressOf('reader', 'right'));
  await load();
  expect((await sessions()).map(({ usename }) => usename)).toEqual(['reader']);
  expect(await clicks()).toBe(1);
});

it('a view that an upgrade gives another column is read with it when analytics is told', async () => {
  const session = await system.pool.connect();
  const columns = async () => {
    let names: string[] = [];
    await readThroughTable(client, 'numbers', async (table) => {
      await ask(`SELECT * FROM ${table}`);
      names = (await ask<{ name: string; type: string }>(`DESCRIBE TABLE ${table}`)).map(
        ({ name, type }) => `${name} ${type}`,
      );
    });
    return names;
  };
  try {
    await makeReader('owner', 'word');
    await connectLedger(client, await addressOf('owner', 'word'));
    await session.query('CREATE VIEW numbers AS SELECT 1 AS one');
    expect(await columns()).toEqual(['one Int32']);
    await session.query(`CREATE OR REPLACE VIEW numbers AS SELECT 1 AS one, 'two' AS two`);
    await connectLedger(client, await addressOf('owner', 'word'));
    expect(await columns()).toEqual(['one Int32', 'two String']);
  } finally {
    session.release();
  }
});

it('no password is in what the engine says of its tables', async () => {
  const tables = await ask<{ create_table_query: string }>(
    `SELECT create_table_query FROM system.tables WHERE database = '${LEDGER}'`,
  );
  expect(tables.length).toBeGreaterThan(0);
  expect(JSON.stringify(tables)).not.toContain('word');
});

it('the part of a chunk goes without the indexes of single clicks, and has them when it is merged', async () => {
  const bytes = async () =>
    Number(
      (
        await ask<{ n: string }>(
          `SELECT sum(secondary_indices_compressed_bytes) AS n FROM system.parts WHERE database = currentDatabase() AND table = 'click_events' AND active`,
        )
      )[0]?.n,
    );
  const before = await bytes();
  await client.command({ query: 'OPTIMIZE TABLE click_events FINAL' });
  expect(await bytes()).toBeGreaterThan(before + 50);
  expect(await ask(`SELECT user_id FROM click_events WHERE user_id = 'somebody'`)).toHaveLength(1);
});
