import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAnalytics } from '@clickledger/server/analytics/client.js';
import { startEmbeddedClickHouse } from '@clickledger/server/embedded/clickhouse/start.js';
import { startEmbeddedPostgres } from '@clickledger/server/embedded/postgres/start.js';
import { sleep } from '@clickledger/server/lib/backoff.js';
import { messageOf, silentLog } from '@clickledger/server/lib/log.js';
import pg from 'pg';
import { diskFault, mountSmallDisk } from '../nemesis/disk-faults.js';
import { networkFaults } from '../nemesis/network-faults.js';
import { serverFaults, storeFaults } from '../nemesis/process-faults.js';
import { redisFaults } from '../nemesis/redis-faults.js';
import { relayFaults } from '../nemesis/relay-faults.js';
import { TcpProxy } from '../tcp-proxy.js';
import { freePort } from './free-port.js';
import { signalAll, withDescendants } from './processes.js';
import { RedisStore } from './redis-store.js';
import { ServerNode } from './server-node.js';
import type { Topology } from './topology.js';
import { FOLDS_OFTEN, untilCaughtUp, untilHealthy } from './until-healthy.js';

const PASSWORD = 'only-for-this-run-on-loopback-only';
const BACK_MS_MAX = 60_000;
/** Small, so that they are soon full, and large enough for the clicks of a run. */
const MIB = 1_024 ** 2;
const postgresDiskBytes = (seconds: number) => (400 + seconds) * MIB;
const clickHouseDiskBytes = (seconds: number) => (270 + seconds / 2) * MIB;

/**
 * As it runs at scale: PostgreSQL, Redis and ClickHouse by URL, two ingest nodes, and two relays of which one waits for
 * the other's lock. One of each talks through proxies to every store, its sibling directly.
 *
 * @param seconds how long the run will be: decides how small the stores' disks are
 */
export async function startServers(seconds: number): Promise<Topology> {
  const root = mkdtempSync(join(tmpdir(), 'clickledger-faults-'));
  const findings: string[] = [];
  const notRun: string[] = [];
  const dirs = { postgres: join(root, 'pg'), clickhouse: join(root, 'ch'), redis: join(root, 'redis') };
  for (const dir of Object.values(dirs)) mkdirSync(dir);
  const disks = [
    smallDisk('postgres', dirs.postgres, postgresDiskBytes(seconds), notRun),
    smallDisk('clickhouse', dirs.clickhouse, clickHouseDiskBytes(seconds), notRun),
  ];

  const postgres = await startEmbeddedPostgres({
    dataDir: dirs.postgres,
    password: PASSWORD,
    log: silentLog,
  });
  const engine = await startEmbeddedClickHouse({
    dataDir: dirs.clickhouse,
    password: PASSWORD,
    log: silentLog,
  });
  const redis = new RedisStore(await freePort(), dirs.redis);
  await redis.start();

  const port = (url: string) => ({ host: '127.0.0.1', port: Number(new URL(url).port) });
  const ledgerVia = (to: number) => Object.assign(new URL(postgres.loopbackUrl), { port: String(to) }).href;
  const engineUrl = (to: number) => `http://${engine.username}:${engine.password}@127.0.0.1:${to}`;
  const proxies = {
    ingestToPostgres: await new TcpProxy('ingest-a to postgres', port(postgres.loopbackUrl)).start(),
    ingestToRedis: await new TcpProxy('ingest-a to redis', { host: '127.0.0.1', port: redis.port }).start(),
    relayToPostgres: await new TcpProxy('relay-a to postgres', port(postgres.loopbackUrl)).start(),
    relayToClickHouse: await new TcpProxy('relay-a to clickhouse', port(engine.url)).start(),
    clickHouseToPostgres: await new TcpProxy('clickhouse to postgres', port(postgres.loopbackUrl)).start(),
  };
  const node = async (name: string, env: Record<string, string>) =>
    new ServerNode(name, {
      dataDir: join(root, name),
      port: await freePort(),
      env: {
        HASH_SECRET: 'one-secret-for-all-nodes-of-this-run',
        LEDGER_URL_FOR_CLICKHOUSE: ledgerVia(proxies.clickHouseToPostgres.port),
        ...env,
      },
      onUnexpectedEnd: (how) => findings.push(`${name} ended by itself (${how})`),
    });
  const direct = {
    DATABASE_URL: postgres.loopbackUrl,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    CLICKHOUSE_URL: engineUrl(port(engine.url).port),
  };
  const proxied = {
    REDIS_URL: `redis://127.0.0.1:${proxies.ingestToRedis.port}`,
    CLICKHOUSE_URL: engineUrl(proxies.relayToClickHouse.port),
  };
  const ingestA = await node('ingest-a', {
    ROLES: 'ingest',
    ...proxied,
    DATABASE_URL: ledgerVia(proxies.ingestToPostgres.port),
  });
  const ingestB = await node('ingest-b', { ROLES: 'ingest', ...direct });
  const relayA = await node('relay-a', {
    ROLES: 'relay',
    ...FOLDS_OFTEN,
    ...direct,
    ...proxied,
    DATABASE_URL: ledgerVia(proxies.relayToPostgres.port),
    REDIS_URL: direct.REDIS_URL,
  });
  const relayB = await node('relay-b', { ROLES: 'relay,query', ...FOLDS_OFTEN, ...direct });
  const nodes = [ingestA, ingestB, relayA, relayB];
  await Promise.all(nodes.map((one) => one.ready()));
  const clientsToA = await new TcpProxy('clients to ingest-a', port(ingestA.url)).start();
  const allProxies = [...Object.values(proxies), clientsToA];

  const backOf = (look: () => Promise<unknown>) => async () => {
    for (const deadline = Date.now() + BACK_MS_MAX; ; await sleep(200))
      try {
        return void (await look());
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
  };
  const postgresBack = backOf(async () => {
    const client = new pg.Client({ ...postgres.connection, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined); // shows as the rejection of the query
    try {
      await client.connect();
      await client.query('SELECT 1');
    } finally {
      await client.end();
    }
  });
  const engineBack = backOf(async () => {
    if (!(await fetch(`${engine.url}/ping`, { signal: AbortSignal.timeout(2_000) })).ok)
      throw new Error('not up');
  });
  const faults = [
    ...nodes.flatMap(serverFaults),
    ...storeFaults({ name: 'postgres', pid: postgres.pid, back: postgresBack }),
    ...storeFaults({ name: 'clickhouse', pid: engine.pid, back: engineBack }),
    ...redisFaults(redis),
    ...relayFaults({
      parts: ['relay-a', 'relay-b', 'postgres'],
      ledgerUrl: () => postgres.loopbackUrl,
      kill: () => [relayA, relayB].map((relay) => relay.signal('SIGKILL')),
      back: async () => void (await Promise.all([relayA.ready(), relayB.ready()])),
    }),
    ...allProxies.flatMap(networkFaults),
    ...(disks[0] ? [diskFault({ name: 'postgres', dir: dirs.postgres, back: postgresBack })] : []),
    ...(disks[1] ? [diskFault({ name: 'clickhouse', dir: dirs.clickhouse, back: engineBack })] : []),
  ];

  const closing: (() => Promise<unknown>)[] = [];
  return {
    name: 'servers',
    urls: () => [`http://127.0.0.1:${clientsToA.port}`, ingestB.url],
    faults,
    notRun,
    findings,
    async heal() {
      for (const proxy of allProxies) proxy.set('open');
      for (const one of nodes) one.stepClock(0);
      signalAll([...withDescendants(postgres.pid()), ...withDescendants(engine.pid())], 'SIGCONT');
      await redis.start();
      await Promise.all([postgresBack(), engineBack(), ...nodes.map((one) => one.ready())]);
      await Promise.all(nodes.map((one) => untilHealthy(one.url)));
    },
    async caughtUp() {
      // Not while clicks of redirects wait in the journals.
      await Promise.all([ingestA, ingestB].map((one) => untilHealthy(one.url)));
      await untilCaughtUp(relayB.url);
    },
    async open() {
      const ledger = new pg.Client(postgres.connection);
      ledger.on('error', () => undefined); // of the first of two, when PostgreSQL is killed in between
      await ledger.connect();
      const analytics = openAnalytics(engine);
      closing.push(
        () => ledger.end(),
        () => analytics.close(),
      );
      return { ledger, analytics };
    },
    async stop() {
      await Promise.all([...nodes.map((one) => one.stop()), ...allProxies.map((proxy) => proxy.stop())]);
      for (const close of closing) await close();
      await engine.stop();
      await postgres.stop();
      await redis.stop();
      for (const disk of disks) disk?.unmount();
      if (findings.length === 0) rmSync(root, { recursive: true, force: true });
    },
  };
}

function smallDisk(store: string, dir: string, bytes: number, notRun: string[]) {
  try {
    return mountSmallDisk(dir, bytes);
  } catch (error) {
    notRun.push(
      `disk full, ${store}: no small file system can be mounted here (${messageOf(error).split('\n')[0]})`,
    );
    return null;
  }
}
