import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { removeFolder, temporaryFolder } from '../folders.js';
import { startRedis } from '../redis.js';
import { type BenchSystem, end, startNode } from './system.js';

/** Of this build. */
const SERVER_DIST = dirname(createRequire(import.meta.url).resolve('@clickledger/server/main.js'));

export interface ClickLedgerOptions {
  redis: boolean;
  env?: Record<string, string>;
  name?: string;
  /** The folder of the built server, `server/dist`; that of this build unless named. */
  serverDist?: string;
  /** Kept when the system stops; unless named, a fresh one that is deleted then. */
  dataDir?: string;
}

export type ClickLedgerSystem = BenchSystem & { dataDir: string; url: string };

/** The whole system as `npm start` runs it: every role, embedded stores; with `redis`, the guard in a real Redis. */
export async function startClickLedger(options: ClickLedgerOptions): Promise<ClickLedgerSystem> {
  const { serverDist = SERVER_DIST } = options;
  const dataDir = options.dataDir ?? temporaryFolder('bench');
  const { SERVER_NODE_ARGS } = (await import(
    pathToFileURL(join(serverDist, 'lib/node-args.js')).href
  )) as typeof import('@clickledger/server/lib/node-args.js');
  const redis = options.redis ? await startRedis() : null;
  const cleanUp = async () => {
    await redis?.stop();
    if (options.dataDir === undefined) removeFolder(dataDir);
  };
  try {
    const { child, port } = await startNode(join(serverDist, 'main.js'), [], {
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
      name: options.name ?? (redis ? 'ClickLedger, Redis' : 'ClickLedger'),
      host: '127.0.0.1',
      port,
      url: `http://127.0.0.1:${port}`,
      dataDir,
      roots: [child.pid ?? 0, ...(redis ? [redis.pid] : [])],
      hasAnalytics: true,
      async stop() {
        await end(child);
        await cleanUp();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
