import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { sleep } from '../../lib/backoff.js';
import { errorFields, type Log, messageOf } from '../../lib/log.js';
import { Restarts } from '../restarts.js';
import { type Binaries, preparePostgresBinaries } from './binaries.js';
import { stopOrphan } from './orphan.js';
import { logServerLine } from './server-log.js';
import { unprivilegedUser } from './user.js';

const USER = 'clickledger';
const START_MS_MAX = 120_000;
/** Time to stop in, for who names none. */
const STOP_MS_MAX = 60_000;
/** What an immediate shutdown takes; the next start then recovers from the log. */
const QUIT_MS = 500;

/** Durable (fsync, synchronous commit), and sized for a small machine. Why each: docs/operations.md. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  max_connections: '60',
  shared_buffers: '512MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_wal_size: '4GB',
  min_wal_size: '512MB',
  wal_buffers: '16MB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  log_min_messages: 'warning',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/**
 * Memory that a session keeps free for its next transaction. Without it, glibc gives back to the kernel what is over 128 KiB at the end of
 * each one, and the next takes page faults to get it again, which cost as much as many of its clicks. Elsewhere than on glibc it says nothing.
 */
const KEPT_BYTES = 4 * 1024 * 1024;

export interface EmbeddedPostgres {
  /** For us: over a unix socket. */
  connection: pg.ClientConfig;
  /** For the ClickHouse engine: over loopback. */
  loopbackUrl: string;
  pid(): number | undefined;
  restarts: Restarts;
  /** Fast shutdown: running transactions are rolled back, everything is flushed. What is not flushed in time is recovered at the next start. */
  stop(leftMs?: number): Promise<void>;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts the real PostgreSQL under `dataDir/postgres`, and starts it again whenever it dies.
 *
 * As root it runs as an unprivileged user. That user may not be able to walk to the data folder, so the process is
 * started *in* it (its working directory is set before the privileges are dropped) and knows it as `/proc/self/cwd`.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  password: string;
  log: Log;
}): Promise<EmbeddedPostgres> {
  const { dataDir, password, log } = options;
  mkdirSync(dataDir, { recursive: true });
  const databaseDir = join(realpathSync(dataDir), 'postgres');
  const initialised = existsSync(join(databaseDir, 'PG_VERSION'));
  if (initialised) await stopOrphan(databaseDir, log);

  let user = unprivilegedUser();
  if (user && initialised) {
    const { uid, gid } = statSync(databaseDir);
    user = { uid, gid };
  }
  const binaries = preparePostgresBinaries(user?.uid ?? null);
  // A path of a unix socket holds 107 bytes at most, so it can't be under DATA_DIR.
  const socketDir = mkdtempSync(join(tmpdir(), 'clickledger-'));
  chmodSync(socketDir, 0o700);
  if (user) chownSync(socketDir, user.uid, user.gid);
  const run = (program: string, args: string[], cwd: string) =>
    spawn(program, ['-D', user ? '/proc/self/cwd' : cwd, ...args], {
      cwd,
      ...(user ?? {}),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        LC_ALL: 'C',
        TZ: 'UTC',
        MALLOC_TRIM_THRESHOLD_: String(KEPT_BYTES),
      },
      detached: true, // Ctrl-C in a terminal goes to the whole group; the stores stop after the server, in order
    });

  if (!initialised) await initialise({ binaries, databaseDir, user, password, socketDir, run });

  const port = await freePort();
  const connection: pg.ClientConfig = { host: socketDir, port, user: USER, password, database: 'postgres' };
  const args = [
    '-k',
    socketDir,
    '-p',
    String(port),
    ...Object.entries(SETTINGS).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
  ];

  let child: ChildProcess | undefined;
  let stopping = false;
  const restarts = new Restarts();
  const launch = () => {
    const startedAt = Date.now();
    const process_ = run(binaries.postgres, args, databaseDir);
    child = process_;
    process_.stderr?.on('data', (data: Buffer) => {
      for (const line of data.toString().split('\n')) logServerLine(log, line);
    });
    process_.stdout?.resume();
    const ended = (why: object) => {
      child = undefined;
      if (stopping) return;
      const delayMs = restarts.ended(startedAt);
      log.error({ store: 'postgres', ...why, delayMs }, 'PostgreSQL ended; starting it again');
      setTimeout(() => stopping || launch(), delayMs);
    };
    process_.once('exit', (code, signal) => ended({ code, signal }));
    // Without a pid it never ran, and never exits: the machine has no process or no file to spare.
    process_.on('error', (error) => process_.pid ?? ended(errorFields(error)));
  };
  launch();
  await waitUntilReady(connection);

  return {
    connection,
    loopbackUrl: `postgresql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    pid: () => child?.pid,
    restarts,
    async stop(leftMs = STOP_MS_MAX) {
      stopping = true;
      const running = child;
      if (running && running.exitCode === null) {
        const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
        running.kill('SIGINT');
        const timer = setTimeout(() => running.kill('SIGQUIT'), Math.max(0, leftMs - QUIT_MS));
        await ended;
        clearTimeout(timer);
      }
      rmSync(socketDir, { recursive: true, force: true });
    },
  };
}

/** `initdb` into a folder of another name first, so that a start killed halfway starts over. */
async function initialise(options: {
  binaries: Binaries;
  databaseDir: string;
  user: { uid: number; gid: number } | null;
  password: string;
  socketDir: string;
  run: (program: string, args: string[], cwd: string) => ChildProcess;
}): Promise<void> {
  const { binaries, databaseDir, user, password, socketDir, run } = options;
  const fresh = `${databaseDir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const passwordFile = join(socketDir, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) {
    chownSync(fresh, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  const args = [
    '-U',
    USER,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  const initdb = run(binaries.initdb, args, fresh);
  let output = '';
  for (const stream of [initdb.stdout, initdb.stderr])
    stream?.on('data', (data) => (output = (output + data).slice(-4_000)));
  const code = await new Promise((resolve, reject) => initdb.once('error', reject).once('close', resolve));
  rmSync(passwordFile, { force: true });
  if (code !== 0) throw new Error(`PostgreSQL's initdb failed:\n${output}`);
  renameSync(fresh, databaseDir);
}

async function waitUntilReady(connection: pg.ClientConfig): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  for (;;) {
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined); // a connection cut while starting shows as the rejection below
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`The embedded PostgreSQL does not start: ${messageOf(error)}`);
      await sleep(50);
    } finally {
      await client.end().catch((error: unknown) => messageOf(error));
    }
  }
}
