import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openAnalytics } from '../../analytics/client.js';
import { connectLedger } from '../../analytics/load-chunk.js';
import { silentLog } from '../../log.js';
import { startEmbeddedClickHouse } from './start.js';

const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-ch-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

// Found by the fault test: a full disk cut the file to nothing, and the engine never came back.
it('an engine starts although a full disk has emptied the file of its named collection', async () => {
  const password = 'p'.repeat(32);
  const start = () => startEmbeddedClickHouse({ dataDir, password, log: silentLog });
  const first = await start();
  const client = openAnalytics(first, 'default');
  await connectLedger(client, 'postgresql://user:word@127.0.0.1:1/postgres');
  await client.close();
  await first.stop();
  truncateSync(join(dataDir, 'clickhouse/named_collections/clickledger_ledger.sql'));
  const second = await start();
  const again = openAnalytics(second, 'default');
  try {
    const result = await again.query({ query: 'SELECT 1 AS one', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ one: 1 }]);
    await connectLedger(again, 'postgresql://user:word@127.0.0.1:1/postgres');
  } finally {
    await again.close();
    await second.stop();
  }
});
