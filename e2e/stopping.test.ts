import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newDataDir } from '../server/src/testing/data-dir.js';
import {
  caughtUp,
  MAIN,
  postJson,
  removeDataDir,
  type ServerProcess,
  startServer,
} from './helpers/server-process.js';

/** The server's own limit is 20 s; the rest is for a machine that is busy with other things. */
const STOP_MS_MAX = 60_000;
const CLICK = { ad_id: 'x', campaign_id: 'c', advertiser_id: 'a' };

let dataDir: string;
let server: ServerProcess | undefined;
let ledger: pg.Client | undefined;

beforeEach(() => {
  dataDir = newDataDir();
});
afterEach(async () => {
  await ledger?.end().catch(() => undefined);
  if (server?.child.exitCode === null) await server.end('SIGKILL');
  server = undefined;
  ledger = undefined;
  removeDataDir(dataDir);
});

async function start(env: Record<string, string> = {}): Promise<ServerProcess> {
  server = await startServer(dataDir, { LOG_LEVEL: 'info', ...env });
  return server;
}

/** A session in the server's own PostgreSQL. */
async function openLedger(): Promise<pg.Client> {
  const [, , , port, host] = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n');
  const { postgresPassword } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'));
  ledger = new pg.Client({
    host,
    port: Number(port),
    user: 'clickledger',
    database: 'postgres',
    password: postgresPassword,
  });
  ledger.on('error', () => undefined); // its server stops
  await ledger.connect();
  return ledger;
}

const storePids = () => ({
  postgres: Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]),
  clickhouse: Number(readFileSync(join(dataDir, 'clickhouse/engine.pid'), 'utf8').split(' ')[0]),
});
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Waits until `count` sessions wait for a lock. */
async function locksAwaited(session: pg.Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await session.query<{ n: number }>(
      'SELECT count(DISTINCT pid)::int AS n FROM pg_locks WHERE NOT granted',
    );
    if ((rows[0]?.n ?? 0) >= count) return;
    await sleep(20);
  }
}

/** Ends the server and expects that it stopped in order, by itself and in time, and that its stores are gone. */
async function expectOrderlyStop(end: () => Promise<number | null>, code: number): Promise<void> {
  const pids = storePids();
  const late = sleep(STOP_MS_MAX, 'still running', { ref: false });
  expect(await Promise.race([end(), late])).toBe(code);
  expect(server?.child.signalCode).toBeNull();
  expect(server?.output()).toContain('"msg":"stopped"');
  const running = Object.entries(pids).filter(([, pid]) => isRunning(pid));
  expect(running, server?.output()).toEqual([]);
  // PostgreSQL leaves it behind when it is cut off.
  expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
}

describe('SIGTERM ends the server and its stores in order, in 20 s', () => {
  it('in the middle of a rebuild', async () => {
    const { url, end } = await start();
    await postJson(`${url}/api/v1/clicks`, CLICK);
    await caughtUp(url);
    const session = await openLedger();
    // ClickHouse reads the clicks itself, and waits for them for as long as this is held.
    await session.query('BEGIN; LOCK TABLE click_events IN ACCESS EXCLUSIVE MODE');
    await postJson(`${url}/api/v1/admin/rebuild`, {});
    await locksAwaited(session, 1);
    await expectOrderlyStop(() => end('SIGTERM'), 0);
  });

  it('with an export whose reader has stopped reading, and streams that are held open', async () => {
    const { url, end } = await start();
    const clicks = Array.from({ length: 500 }, () => ({
      ...CLICK,
      referrer: `https://e.com/${'r'.repeat(1_500)}`,
    }));
    for (let i = 0; i < 40; i++) await postJson(`${url}/api/v1/clicks/batch`, { clicks });
    await caughtUp(url);
    const { port } = new URL(url);
    const open = (path: string, isRead: boolean) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
      return new Promise((resolve) =>
        socket.once('data', () => {
          if (isRead) socket.resume();
          else socket.pause();
          resolve(socket);
        }),
      );
    };
    const view = encodeURIComponent('range=last_1h&granularity=minute');
    await open('/api/v1/live', true);
    await open(`/api/v1/analytics/stream?q=${view}`, true);
    await open('/api/v1/export/clicks.csv', false);
    await expectOrderlyStop(() => end('SIGTERM'), 0);
  });

  it('with statements that hang in PostgreSQL: of a click, of a request and of every loop', async () => {
    const { url, end } = await start();
    await postJson(`${url}/api/v1/clicks`, CLICK);
    const session = await openLedger();
    await session.query('BEGIN; LOCK TABLE campaigns, batches, access_state IN ACCESS EXCLUSIVE MODE');
    const requests = [postJson(`${url}/api/v1/clicks`, CLICK), fetch(`${url}/api/v1/campaigns`)].map(
      (request) => request.catch(() => 'cut'),
    );
    await locksAwaited(session, 3);
    await expectOrderlyStop(() => end('SIGTERM'), 0);
    await Promise.all(requests);
  });

  it('while it is still starting', async () => {
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH ?? '', DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' },
      stdio: 'ignore',
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const pidFile = join(dataDir, 'postgres/postmaster.pid');
    while (!existsSync(pidFile) && child.exitCode === null) await sleep(10);
    const postgres = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(() => process.kill(postgres, 0)).toThrow('ESRCH');
  });
});

describe('an error that nobody handles is logged with its stack, and stops the server in order with 1', () => {
  it.each([
    ['a rejection', `Promise.reject(new Error('injected'))`],
    ['an exception', `setImmediate(() => { throw new Error('injected') })`],
  ])('%s', async (_what, fault) => {
    const code = encodeURIComponent(`process.on('SIGUSR2', () => { ${fault} })`);
    const { url, end, output } = await start({ NODE_OPTIONS: `--import=data:text/javascript,${code}` });
    await postJson(`${url}/api/v1/clicks`, CLICK);
    await expectOrderlyStop(() => end('SIGUSR2'), 1);
    const line = output()
      .split('\n')
      .find((text) => text.includes('"task":"process"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      error: 'injected',
      stack: expect.stringContaining('at '),
    });
  });
});
