import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '@clickledger/server/embedded/postgres/start.js';
import { silentLog } from '@clickledger/server/lib/log.js';
import { startRedis } from '../redis.js';
import { type BenchSystem, end, startNode } from './system.js';

const SCRIPT = fileURLToPath(new URL('../baseline/server.js', import.meta.url));

/** The per-click baseline on the same PostgreSQL, with the same settings, and a real Redis. */
export async function startBaseline(): Promise<BenchSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir, password: 'bench', log: silentLog });
  const redis = await startRedis();
  const settings = JSON.stringify({ redisUrl: redis.url, database: postgres.connection });
  const { child, port } = await startNode(SCRIPT, [settings], {});
  return {
    name: 'per click',
    host: '127.0.0.1',
    port,
    roots: [child.pid ?? 0, redis.pid, postgres.pid() ?? 0],
    hasAnalytics: false,
    async stop() {
      await end(child);
      await redis.stop();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
