import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyDataDir, newDataDir } from '../server/src/testing/data-dir.js';
import {
  caughtUp,
  getJson,
  MAIN,
  postJson,
  ROOT,
  removeDataDir,
  type ServerProcess,
  startNpm,
  startServer,
} from './helpers/server-process.js';

let dataDir: string;
const running = new Set<ServerProcess>();
const start = async (env: Record<string, string> = {}) => {
  const server = await startServer(dataDir, env);
  running.add(server);
  return server;
};
const failedStart = (env: Record<string, string> = {}) =>
  startServer(dataDir, env).then(
    () => 'it started',
    (error: Error) => error.message,
  );

// A first start is a promise of its own: after one, an engine that is killed has tables that were never loaded from disk.
beforeEach(() => {
  dataDir = emptyDataDir();
});
afterEach(async () => {
  for (const server of running) if (server.child.exitCode === null) await server.end('SIGTERM');
  running.clear();
  removeDataDir(dataDir);
});

const aggregateUrl = (url: string) =>
  `${url}/api/v1/analytics/aggregate?granularity=total&start_time=${new Date(Date.now() - 86_400_000).toISOString()}&end_time=${new Date(Date.now() + 86_400_000).toISOString()}`;

describe('npm start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s to npm: exit 0, and no process is left', async (signal) => {
    const npm = await startNpm(dataDir);
    const ledger = Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
    const engine = Number(readFileSync(join(dataDir, 'clickhouse/engine.pid'), 'utf8').split(' ')[0]);
    expect(await npm.end(signal)).toBe(0);
    for (const pid of [ledger, engine]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('npm killed: the server notices, and stops in order', async () => {
    const npm = await startNpm(dataDir);
    await npm.end('SIGKILL');
    const lock = join(dataDir, 'lock');
    for (let i = 0; existsSync(lock) && i < 600; i++) await sleep(50);
    expect(existsSync(lock)).toBe(false);
  });
});

describe('exactly once', () => {
  it('SIGKILL in the middle of 5,000 clicks sent with retries: every one is in both stores, once', async () => {
    const CLICKS = 5_000;
    let server = await start();
    const acknowledged = new Map<string, number>();
    let next = 0;
    const sender = async () => {
      while (next < CLICKS) {
        const n = next++;
        // A third each: only a click_id, only a key, both.
        const click_id = n % 3 === 1 ? undefined : randomUUID();
        const headers: Record<string, string> = n % 3 === 0 ? {} : { 'idempotency-key': `key-${n}` };
        const body = {
          ad_id: `ad-${n % 5}`,
          campaign_id: 'c',
          advertiser_id: 'a',
          user_id: `u-${n}`,
          click_id,
        };
        for (let attempt = 0; ; attempt++) {
          if (attempt > 600) throw new Error(`click ${n} was never acknowledged`);
          try {
            const response = await postJson(`${server.url}/api/v1/clicks`, body, headers);
            if (response.status === 200 || response.status === 202) {
              const reply = (await response.json()) as { click_id: string };
              acknowledged.set(reply.click_id, n);
              break;
            }
          } catch {
            // The server is dead or dying: the reply is lost, whether the click was stored or not.
          }
          await sleep(100);
        }
      }
    };
    const senders = Promise.all(Array.from({ length: 24 }, sender));
    for (const share of [0.2, 0.45, 0.7]) {
      while (acknowledged.size < CLICKS * share) await sleep(5);
      await server.end('SIGKILL');
      server = await start();
    }
    await senders;
    expect(acknowledged.size).toBe(CLICKS);
    const stats = await caughtUp(server.url);
    expect(stats.ledger.clicks).toBe(CLICKS);
    expect(stats.analytics.clicks).toBe(CLICKS);
    const { data } = await getJson<{ data: { clicks: number; unique_users: number }[] }>(
      aggregateUrl(server.url),
    );
    expect(data[0]?.clicks).toBe(CLICKS);
  });

  it('SIGTERM under load: what was accepted is answered, exit 0, and nothing is lost', async () => {
    const server = await start();
    let acknowledged = 0;
    let stopping = false;
    const senders = Array.from({ length: 16 }, async () => {
      while (!stopping) {
        try {
          const response = await postJson(`${server.url}/api/v1/clicks`, {
            ad_id: 'x',
            campaign_id: 'c',
            advertiser_id: 'a',
          });
          if (response.status === 202) acknowledged++;
        } catch {
          stopping = true; // refused: it no longer listens
        }
      }
    });
    while (acknowledged < 500) await sleep(5);
    expect(await server.end('SIGTERM')).toBe(0);
    stopping = true;
    await Promise.all(senders);
    const again = await start();
    const stats = await caughtUp(again.url);
    expect(stats.ledger.clicks).toBe(acknowledged);
    expect(stats.analytics.clicks).toBe(acknowledged);
  });
});

describe('start and stop', () => {
  beforeEach(() => {
    removeDataDir(dataDir);
    dataDir = newDataDir();
  });

  it('a second start on the same folder says so and stops; the first goes on', async () => {
    const first = await start();
    expect(await failedStart()).toMatch(/exit 1: [\s\S]*(in use|already|running)/i);
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
    expect(await first.end('SIGINT')).toBe(0);
  });

  it('a closed terminal (SIGHUP) stops it in order, its stores too', async () => {
    const server = await start();
    const postgres = Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
    expect(await server.end('SIGHUP')).toBe(0);
    expect(() => process.kill(postgres, 0)).toThrow('ESRCH');
  });

  it('stops when npm start is gone, also when that went while it was starting', async () => {
    const env = { PATH: process.env.PATH ?? '', DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    child.disconnect();
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  });

  it('a start after kill -9 recovers by itself', async () => {
    const first = await start();
    await postJson(`${first.url}/api/v1/clicks`, { ad_id: 'x', campaign_id: 'c', advertiser_id: 'a' });
    await first.end('SIGKILL');
    const second = await start();
    expect((await caughtUp(second.url)).analytics.clicks).toBe(1);
  });

  it('npm run setup makes the first owner of a server that does not run, from what is typed or piped', async () => {
    const setup = (typed: string) =>
      new Promise<string>((resolve) => {
        const env = { PATH: process.env.PATH ?? '', DATA_DIR: dataDir };
        const child = spawn(process.execPath, [join(ROOT, 'server/dist/tools/cli/setup.js')], { env });
        let said = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (data: Buffer) => {
            said += data;
          });
        child.once('close', (code) => resolve(`${said}exit ${code}`));
        child.stdin.end(typed);
      });
    expect(await setup('')).toMatch(/The input ended before it was answered[\s\S]*exit 1$/);
    expect(await setup('me\nshort\n')).toMatch(
      /email: Not an email address; password: At least 12 characters[\s\S]*exit 1$/,
    );
    expect(await setup('me@example.org\na long password\n')).toMatch(
      /me@example.org is the owner[\s\S]*exit 0$/,
    );
    const server = await start();
    expect((await fetch(`${server.url}/api/v1/campaigns`)).status).toBe(401);
    expect(await setup('me@example.org\na long password\n')).toMatch(/already configured[\s\S]*exit 1$/);
  });

  it('a start after kill -9 ends an engine that outlived its server', async () => {
    const first = await start();
    await postJson(`${first.url}/api/v1/clicks`, { ad_id: 'x', campaign_id: 'c', advertiser_id: 'a' });
    const engine = Number(readFileSync(join(dataDir, 'clickhouse/engine.pid'), 'utf8').split(' ')[0]);
    process.kill(engine, 'SIGSTOP'); // it can't notice that its parent is gone
    await first.end('SIGKILL');
    const second = await start();
    expect((await caughtUp(second.url)).analytics.clicks).toBe(1);
  });

  it.each([
    ['PORT', '99999'],
    ['HOST', '0.0.0.0'],
    ['ROLES', 'ingest,dance'],
    ['DATABASE_URL', 'mysql://x'],
    ['TRUSTED_PROXIES', 'proxy.example'],
    ['DEDUP_WINDOW_DAYS', '0'],
  ])('a wrong %s is named', async (name, value) => {
    expect(await failedStart({ [name]: value })).toMatch(new RegExp(`exit 1: [\\s\\S]*${name}`));
  });

  it.each([
    ['DATABASE_URL', 'postgres://nobody@127.0.0.1:1/none'],
    ['REDIS_URL', 'redis://127.0.0.1:1'],
    ['CLICKHOUSE_URL', 'http://127.0.0.1:1'],
  ])('a store that %s does not reach is named, and not replaced in silence', async (name, value) => {
    expect(await failedStart({ [name]: value, START_WAIT_SECONDS: '2' })).toMatch(
      new RegExp(`exit 1: [\\s\\S]*${name}`),
    );
  });

  it('a port that is taken is named', async () => {
    const squatter = createServer();
    const port = await new Promise<number>((resolve) =>
      squatter.listen(0, '127.0.0.1', () => resolve((squatter.address() as { port: number }).port)),
    );
    expect(await failedStart({ PORT: String(port) })).toMatch(/exit 1: [\s\S]*PORT/);
    squatter.close();
  });
});
