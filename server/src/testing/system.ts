import { rmSync } from 'node:fs';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { readConfig } from '../config.js';
import { buildApp } from '../http/server/app.js';
import { readBacklog } from '../ledger/chunks.js';
import { readMarks, wantFolded } from '../ledger/folds.js';
import { newestDelivered } from '../ledger/rebuild-plan.js';
import { type Log, silentLog } from '../lib/log.js';
import { type System, type SystemOptions, startSystem } from '../system/system.js';
import { newDataDir } from './data-dir.js';
import { until } from './wait.js';

export interface TestSystem extends System {
  app: FastifyInstance;
  dataDir: string;
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<LightMyRequestResponse>;
  get: <T>(path: string) => Promise<T>;
  /** Resolves when analytics has every click that was committed. */
  caughtUp: () => Promise<void>;
  /** Resolves when the rollups have all of them too. */
  folded: () => Promise<void>;
  /** `until`, while the relay takes one turn after the other: for what its turns bring. */
  untilRelayed: typeof until;
  close: () => Promise<void>;
}

/** The whole system on real embedded stores in a folder of its own, without a socket. */
export async function startTestSystem(
  env: Record<string, string> = {},
  { log = silentLog, now = Date.now, ...options }: { log?: Log; now?: () => number } & SystemOptions = {},
): Promise<TestSystem> {
  const dataDir = env.DATA_DIR ?? newDataDir();
  const config = readConfig({
    DATA_DIR: dataDir,
    NODE_NAME: 'test',
    TRUSTED_PROXIES: '127.0.0.1',
    ...env,
  });
  const system = await startSystem(config, log, now, options);
  const app = await buildApp(system.services, { trustedProxies: config.trustedProxies });
  await app.ready();
  const get = async <T>(path: string): Promise<T> => {
    const response = await app.inject({ url: path });
    if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${response.body}`);
    return response.json() as T;
  };
  const untilRelayed: typeof until = (look, holds, limitMs) =>
    until(
      () => {
        system.relay?.hurry();
        return look();
      },
      holds,
      limitMs,
    );
  const caughtUp = async () => {
    // Not /admin/stats: its figures may be a second old.
    await untilRelayed(
      () => readBacklog(system.pool),
      ({ rows }) => rows === 0,
      60_000,
    );
  };
  return {
    ...system,
    app,
    dataDir,
    get,
    post: (path, body, headers = {}) =>
      app.inject({
        method: 'POST',
        url: path,
        headers: { 'content-type': 'application/json', ...headers },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    untilRelayed,
    caughtUp,
    async folded() {
      await caughtUp();
      // No test waits until it is due.
      await wantFolded(system.pool, await newestDelivered(system.pool));
      await untilRelayed(
        async () => ({
          newest: await newestDelivered(system.pool),
          marks: (await readMarks(system.pool)) ?? { minutes: -1, pairs: -1 },
        }),
        ({ newest, marks }) => marks.minutes === newest && marks.pairs === newest,
        60_000,
      );
    },
    async close() {
      await app.close();
      await system.stop();
      if (!env.DATA_DIR) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

let serial = 0;
/** A valid click; each call another ad. */
export const aClick = <T extends Record<string, unknown>>(fields?: T) => ({
  ad_id: `ad-${serial++ % 7}`,
  campaign_id: 'camp-1',
  advertiser_id: 'adv-1',
  ...(fields as T),
});
