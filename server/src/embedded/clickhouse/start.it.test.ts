import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openAnalytics } from '../../analytics/client.js';
import { connectLedger } from '../../analytics/rollups/ledger-link.js';
import { silentLog } from '../../lib/log.js';
import { startEmbeddedClickHouse } from './start.js';

const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-ch-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const password = 'p'.repeat(32);
const LEDGER = 'postgresql://user:word@127.0.0.1:1/postgres';
const start = () => startEmbeddedClickHouse({ dataDir, password, log: silentLog });

// Found by the fault test: a full disk cut the file to nothing, and the engine never came back.
it('an engine starts although a full disk has emptied the file of its named collection', async () => {
  const first = await start();
  const client = openAnalytics(first, 'default');
  await connectLedger(client, LEDGER);
  await client.close();
  await first.stop();
  const file = join(dataDir, 'clickhouse/named_collections/clickledger_ledger.sql');
  truncateSync(file);
  const second = await start();
  const again = openAnalytics(second, 'default');
  try {
    const result = await again.query({ query: 'SELECT 1 AS one', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ one: 1 }]);
    await connectLedger(again, LEDGER);
    // It may run on meanwhile, and is told again after each failure.
    truncateSync(file);
    await connectLedger(again, LEDGER);
    expect(readFileSync(file, 'utf8')).toContain('CREATE NAMED COLLECTION');
  } finally {
    await again.close();
    await second.stop();
  }
});

// Found by the fault test: a full disk tore a line of the log, the one behind it could not be read, and a chunk was counted twice.
it('a token is known after a restart although a full disk has torn the line before it', async () => {
  const write = async (engine: Awaited<ReturnType<typeof start>>, token: string) => {
    const client = openAnalytics(engine, 'default');
    await client.command({
      query: `CREATE TABLE IF NOT EXISTS torn (token String) ENGINE = MergeTree ORDER BY ()
        SETTINGS non_replicated_deduplication_window = 100`,
    });
    await client.command({
      query: `INSERT INTO torn VALUES ('${token}')`,
      clickhouse_settings: { insert_deduplicate: 1, insert_deduplication_token: token },
    });
    const result = await client.query({
      query: 'SELECT token, toUInt32(count()) AS rows FROM torn GROUP BY token ORDER BY token',
      format: 'JSONEachRow',
    });
    const rows = await result.json();
    await client.close();
    return rows;
  };
  const first = await start();
  await write(first, 'torn');
  await write(first, 'behind it');
  await first.stop();
  const logs = readdirSync(join(dataDir, 'clickhouse/store'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.includes('deduplication_log_'),
  );
  expect(logs).toHaveLength(1);
  const file = join(dataDir, 'clickhouse/store', logs[0] as string);
  const [torn = '', whole] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, `${torn.slice(0, -9)}${whole}\n`);
  const second = await start();
  try {
    expect(await write(second, 'behind it')).toEqual([
      { token: 'behind it', rows: 1 },
      { token: 'torn', rows: 1 },
    ]);
  } finally {
    await second.stop();
  }
  // A line without its end: the insert failed, though the engine would take the token for known.
  truncateSync(file, readFileSync(file).length - 1);
  const third = await start();
  try {
    expect(await write(third, 'behind it')).toContainEqual({ token: 'behind it', rows: 2 });
  } finally {
    await third.stop();
  }
});

// Found by the fault test: a full disk cut off a part's file, the insert was acknowledged, and the part was gone after the next start.
it('an insert is refused whole while the disk is nearly full', async () => {
  const engine = await start();
  const client = openAnalytics(engine, 'default');
  try {
    const result = await client.query({
      query: `SELECT toUInt64(value) AS bytes FROM system.merge_tree_settings WHERE name = 'min_free_disk_bytes_to_perform_insert'`,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    expect(await result.json()).toEqual([{ bytes: 64 * 1_024 ** 2 }]);
  } finally {
    await client.close();
    await engine.stop();
  }
});
