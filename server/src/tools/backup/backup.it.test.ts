import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../config.js';
import { silentLog } from '../../lib/log.js';
import { type System, startSystem } from '../../system/system.js';
import { convert, decide } from '../../testing/conversions.js';
import { aClick, startTestSystem, type TestSystem } from '../../testing/system.js';
import { backUp } from './backup.js';
import { type Manifest, readManifest } from './manifest.js';
import { rebuildAnalytics } from './rebuild-analytics.js';
import { restore } from './restore.js';

let system: TestSystem;
const root = mkdtempSync(join(tmpdir(), 'clickledger-backup-'));
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(async () => {
  await system?.close();
  rmSync(root, { recursive: true, force: true });
});

const sendBatch = (count: number) =>
  system.post('/api/v1/clicks/batch', {
    clicks: Array.from({ length: count }, (_, i) => aClick({ user_id: `user-${i % 40}` })),
  });
const take = (name: string): Promise<Manifest> =>
  backUp({
    dataDir: system.dataDir,
    to: join(root, name),
    version: 'test',
    onFile: () => undefined,
  });
const configOf = (name: string) => readConfig({ DATA_DIR: join(root, name), NODE_NAME: 'restored' });

/** Every click up to a batch, as counts and a checksum over all of its columns. */
async function ledgerOf({ pool }: System, upToBatch: number) {
  const { rows } = await pool.query(
    `SELECT count(*) AS clicks, count(*) FILTER (WHERE is_fraudulent) AS flagged,
            bit_xor(hashtextextended(e::text, 0)) AS checksum, (SELECT count(*) FROM campaigns) AS campaigns
     FROM click_events e WHERE batch_id <= $1`,
    [upToBatch],
  );
  return rows[0];
}
const newestBatch = async ({ pool }: System): Promise<number> =>
  (await pool.query('SELECT max(batch_id) AS newest FROM batches')).rows[0].newest;

it('a backup of a running system, taken while clicks come in, has every click acknowledged before it', async () => {
  for (let i = 0; i < 20; i++) await sendBatch(200);
  const { conversionId } = await convert(system.pool, { orderId: 'before-the-backup' });
  await decide(system.pool, conversionId, { cause: 'retracted', status: 'retracted' });
  await system.caughtUp();
  const acknowledged = await newestBatch(system);
  const before = await ledgerOf(system, acknowledged);

  let sending = true;
  const traffic = (async () => {
    while (sending) expect((await sendBatch(20)).statusCode).toBe(202);
  })();
  const manifest = await take('running');
  sending = false;
  await traffic;
  expect(manifest.hasAnalytics).toBe(false);
  // Clicks went on meanwhile: the files are of different moments.
  expect(await newestBatch(system)).toBeGreaterThan(acknowledged);

  await restore({ from: join(root, 'running'), dataDir: configOf('a').dataDir, onFile: () => undefined });
  await rebuildAnalytics(configOf('a'), () => undefined);
  const restored = await startSystem(configOf('a'), silentLog);
  try {
    expect(await ledgerOf(restored, acknowledged)).toEqual(before);
    expect(before.clicks).toBe(4_000);
    const upTo = await newestBatch(restored);
    // And nothing but what was sent: whole batches, and of each what the source has of it.
    expect(await ledgerOf(restored, upTo)).toEqual(await ledgerOf(system, upTo));
    expect(await convert(restored.pool, { orderId: 'before-the-backup' })).toMatchObject({
      conversionId,
      isDuplicate: true,
    });
    const conversions = await restored.analytics?.query({
      query: `SELECT status FROM conversion_events WHERE conversion_id = '${conversionId}' GROUP BY status HAVING sum(sign) = 1`,
      format: 'JSONEachRow',
    });
    expect(await conversions?.json()).toEqual([{ status: 'retracted' }]);
    const { clicks } = await ledgerOf(restored, upTo);
    const stats = await restored.services.stats();
    expect(stats).toMatchObject({ ledger: { clicks }, analytics: { clicks }, lag: { rows: 0 } });
    expect(
      (await restored.pool.query('SELECT count(*) AS n FROM reconciliation_differences')).rows[0].n,
    ).toBe(0);
  } finally {
    await restored.stop();
  }
});

it('a damaged backup is refused, and so is a folder that holds a system or no backup', async () => {
  const from = join(root, 'running');
  const onFile = () => undefined;
  await expect(restore({ from, dataDir: configOf('a').dataDir, onFile })).rejects.toThrow(
    /There is a system/,
  );
  await expect(restore({ from: root, dataDir: configOf('b').dataDir, onFile })).rejects.toThrow(
    /no complete backup/,
  );
  await expect(take('running')).rejects.toThrow(/not empty/);
  const [largest] = [...readManifest(from).files].sort((a, b) => b.bytes - a.bytes);
  const file = join(from, `${largest?.path}.gz`);
  expect(statSync(file).size).toBeGreaterThan(0);
  appendFileSync(file, 'damage');
  await expect(restore({ from, dataDir: configOf('b').dataDir, onFile })).rejects.toThrow(
    /can not be read|is damaged/,
  );
});
