import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setPriority, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorFields, type Log, withoutValues } from '../../lib/log.js';
import { Restarts } from '../restarts.js';
import type { EngineOptions } from './engine-process.js';
import { stopOrphanEngine } from './orphan.js';

const USERNAME = 'default';
const START_MS_MAX = 120_000;
/** Time to stop in, for who names none. */
const STOP_MS_MAX = 15_000;
/** Of that, for its end after it was killed: it has up to some gigabytes to give back. */
const KILL_MS = 1_000;
const GIB = 1_024 ** 3;
/** Priority of the engine: of two busy cores it gets a tenth beside ingestion, and all that ingestion leaves. */
const NICE = 10;
/** Somebody waits for a read; nobody for a merge, which would take half of what two cores leave. */
const NICER = { reads: -2, merges: 5 };
const NICE_MAX = 19;

export interface EmbeddedClickHouse {
  url: string;
  username: string;
  password: string;
  pid(): number | undefined;
  restarts: Restarts;
  /** Lets running queries finish for a moment, then ends the process. */
  stop(leftMs?: number): Promise<void>;
}

/** The child's compiled script: beside us in `dist`, or, when tests run the sources, in `dist` all the same. */
function script(): string {
  for (const path of ['./engine-process.js', '../../../dist/embedded/clickhouse/engine-process.js']) {
    const file = fileURLToPath(new URL(path, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new Error('The ClickHouse engine process is not built: run `npm run build`.');
}

/**
 * Starts the ClickHouse engine in a child process of its own, so that its crash or an out-of-memory kill can't take
 * ingestion along. It is started again whenever it ends, on the same port with the same password.
 */
export async function startEmbeddedClickHouse(options: {
  dataDir: string;
  password: string;
  log: Log;
  /** Priority of the child; it must not take time from ingestion. */
  nice?: number;
  memoryBytesMax?: number;
}): Promise<EmbeddedClickHouse> {
  const { log, password, nice = NICE } = options;
  const engine: EngineOptions = {
    dataDir: join(options.dataDir, 'clickhouse'),
    username: USERNAME,
    password,
    port: 0,
    memoryBytesMax: options.memoryBytesMax ?? Math.floor(Math.min(4 * GIB, totalmem() * 0.4)),
    nice: {
      reads: Math.max(nice + NICER.reads, 0),
      inserts: nice,
      merges: Math.min(nice + NICER.merges, NICE_MAX),
    },
  };
  const restarts = new Restarts();
  let child: ChildProcess | undefined;
  let stopping = false;

  const launch = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const startedAt = Date.now();
      const forked = fork(script(), [], {
        execArgv: [],
        env: { PATH: process.env.PATH ?? '', TZ: 'UTC', UV_THREADPOOL_SIZE: '16' },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      child = forked;
      const timer = setTimeout(() => forked.kill('SIGKILL'), START_MS_MAX);
      for (const stream of [forked.stdout, forked.stderr])
        stream?.on('data', (data: Buffer) =>
          log.warn({ store: 'clickhouse' }, withoutValues(data.toString().trim())),
        );
      forked.on('message', (message: { type?: string; port?: number }) => {
        if (message.type !== 'ready' || !message.port) return;
        clearTimeout(timer);
        resolve(message.port);
      });
      const ended = (why: object, error: Error) => {
        clearTimeout(timer);
        child = undefined;
        reject(error);
        if (stopping || engine.port === 0) return;
        const delayMs = restarts.ended(startedAt);
        log.error({ store: 'clickhouse', ...why, delayMs }, 'the ClickHouse engine ended; starting it again');
        setTimeout(() => {
          // Why it did not start is logged where it ended.
          if (!stopping) launch().catch(() => undefined);
        }, delayMs);
      };
      forked.once('exit', (code, signal) =>
        ended(
          { code, signal },
          new Error(`The embedded ClickHouse engine ended at its start (${signal ?? code}).`),
        ),
      );
      // Without a pid it never ran, and never exits: the machine has no process or no file to spare.
      forked.on('error', (error) => forked.pid ?? ended(errorFields(error), error));
      if (forked.pid === undefined) return;
      forked.send(engine);
      try {
        setPriority(forked.pid, nice);
      } catch (error) {
        log.warn({ store: 'clickhouse', ...errorFields(error) }, 'the engine runs at the usual priority');
      }
    });

  await stopOrphanEngine(engine.dataDir, log);
  engine.port = await launch();
  return {
    url: `http://127.0.0.1:${engine.port}`,
    username: USERNAME,
    password,
    pid: () => child?.pid,
    restarts,
    async stop(leftMs = STOP_MS_MAX) {
      stopping = true;
      const running = child;
      if (!running) return;
      const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
      if (running.connected) running.send({ type: 'stop' });
      const timer = setTimeout(() => running.kill('SIGKILL'), Math.max(0, leftMs - KILL_MS));
      await ended;
      clearTimeout(timer);
    },
  };
}
