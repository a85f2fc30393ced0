import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVER_NODE_ARGS } from '@clickledger/server/lib/node-args.js';
import { startRedis } from '../redis.js';
import { type BenchSystem, end, startNode } from './system.js';

const MAIN = createRequire(import.meta.url).resolve('@clickledger/server/main.js');

/** The whole system as `npm start` runs it: every role, embedded stores; with `redis`, the guard in a real Redis. */
export async function startClickLedger(options: {
  redis: boolean;
  env?: Record<string, string>;
}): Promise<BenchSystem & { dataDir: string; url: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-bench-'));
  const redis = options.redis ? await startRedis() : null;
  const { child, port } = await startNode(MAIN, [], {
    BENCH_NODE_ARGS: SERVER_NODE_ARGS.join(' '),
    DATA_DIR: dataDir,
    PORT: '0',
    LOG_LEVEL: 'warn',
    // The generator plays a proxy: it names an address for each click.
    TRUSTED_PROXIES: '127.0.0.1',
    ...(redis ? { REDIS_URL: redis.url } : {}),
    ...options.env,
  });
  return {
    name: redis ? 'ClickLedger, Redis' : 'ClickLedger',
    host: '127.0.0.1',
    port,
    url: `http://127.0.0.1:${port}`,
    dataDir,
    roots: [child.pid ?? 0, ...(redis ? [redis.pid] : [])],
    hasAnalytics: true,
    async stop() {
      await end(child);
      await redis?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
