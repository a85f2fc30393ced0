import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAnalytics } from '@clickledger/server/analytics/client.js';
import { startEmbeddedClickHouse } from '@clickledger/server/embedded/clickhouse/start.js';
import { readSecrets } from '@clickledger/server/embedded/data-dir.js';
import { startEmbeddedPostgres } from '@clickledger/server/embedded/postgres/start.js';
import { sleep } from '@clickledger/server/lib/backoff.js';
import { silentLog } from '@clickledger/server/lib/log.js';
import pg from 'pg';
import { networkFaults } from '../nemesis/network-faults.js';
import { serverFaults, storeFaults } from '../nemesis/process-faults.js';
import { relayFaults } from '../nemesis/relay-faults.js';
import { TcpProxy } from '../tcp-proxy.js';
import { freePort } from './free-port.js';
import { ServerNode } from './server-node.js';
import type { Topology } from './topology.js';
import { FOLDS_OFTEN, untilCaughtUp, untilHealthy } from './until-healthy.js';

const BACK_MS_MAX = 60_000;

/** What `npm start` gives: one process with every role, and the embedded stores as its children. */
export async function startEmbedded(): Promise<Topology> {
  const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-faults-'));
  const findings: string[] = [];
  const server = new ServerNode('server', {
    dataDir,
    port: await freePort(),
    env: FOLDS_OFTEN,
    onUnexpectedEnd: (how) => findings.push(`the server ended by itself (${how})`),
  });
  await server.ready();
  const proxy = await new TcpProxy('clients to server', {
    host: '127.0.0.1',
    port: portOf(server.url),
  }).start();

  const firstNumber = (file: string) => Number(readFileSync(join(dataDir, file), 'utf8').split(/\s/)[0]);
  const pidIn = (file: string) => () => {
    try {
      return firstNumber(file);
    } catch {
      return undefined; // it is not running
    }
  };
  const postgresPid = pidIn('postgres/postmaster.pid');
  const enginePid = pidIn('clickhouse/engine.pid');
  const back = (pid: () => number | undefined) => async () => {
    for (const deadline = Date.now() + BACK_MS_MAX; !isAlive(pid()); await sleep(100))
      if (Date.now() > deadline) throw new Error('a store does not come back');
  };
  const ledgerUrl = () => {
    const port = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[3];
    return `postgresql://clickledger:${readSecrets(dataDir).postgresPassword}@127.0.0.1:${port}/postgres`;
  };
  // The stores are children of the server: what ends it touches them too.
  const whole = ['server', 'postgres', 'clickhouse'];
  const faults = [
    ...serverFaults(server).map((fault) => ({ ...fault, parts: whole })),
    ...storeFaults({ name: 'postgres', pid: postgresPid, back: back(postgresPid) }),
    ...storeFaults({ name: 'clickhouse', pid: enginePid, back: back(enginePid) }),
    ...relayFaults({
      parts: whole,
      ledgerUrl,
      kill: () => server.signal('SIGKILL'),
      back: () => server.ready(),
    }),
    ...networkFaults(proxy),
  ];

  let closing: (() => Promise<unknown>)[] = [];
  return {
    name: 'embedded',
    urls: () => [`http://127.0.0.1:${proxy.port}`],
    faults,
    notRun: [],
    findings,
    async heal() {
      proxy.set('open');
      server.stepClock(0);
      await server.ready();
      await untilHealthy(server.url);
    },
    async caughtUp() {
      // Not while clicks of redirects wait in its journal.
      await untilHealthy(server.url);
      await untilCaughtUp(server.url);
    },
    async open() {
      await server.stop();
      const secrets = readSecrets(dataDir);
      const postgres = await startEmbeddedPostgres({
        dataDir,
        password: secrets.postgresPassword,
        log: silentLog,
      });
      const engine = await startEmbeddedClickHouse({
        dataDir,
        password: secrets.clickhousePassword,
        log: silentLog,
      });
      const ledger = new pg.Client(postgres.connection);
      await ledger.connect();
      const analytics = openAnalytics(engine);
      closing = [() => ledger.end(), () => analytics.close(), engine.stop, postgres.stop];
      return { ledger, analytics };
    },
    async stop() {
      await proxy.stop();
      await server.stop();
      for (const close of closing) await close();
      if (findings.length === 0) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const portOf = (url: string) => Number(new URL(url).port);

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
