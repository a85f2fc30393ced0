import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../../lib/backoff.js';
import type { Log } from '../../lib/log.js';

const STOP_MS_MAX = 60_000;

/** The process of a PostgreSQL that still runs on this data folder, although the server that started it is gone. */
function findOrphan(databaseDir: string): number | null {
  const file = join(databaseDir, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  try {
    process.kill(pid, 0);
    // A recycled process id does not stand in our data folder; PostgreSQL always does.
    if (existsSync('/proc/self/cwd') && readlinkSync(`/proc/${pid}/cwd`) !== databaseDir) return null;
    return pid;
  } catch {
    return null;
  }
}

/** Whether a PostgreSQL runs on this data folder, whoever started it. */
export const isPostgresRunning = (databaseDir: string): boolean =>
  findOrphan(realpathSync(databaseDir)) !== null;

/**
 * After `kill -9` of our process, PostgreSQL lives on. It is stopped (fast shutdown, then immediate), so that
 * we start one that we own. Its data is safe either way: what it acknowledged is in its write-ahead log.
 */
export async function stopOrphan(databaseDir: string, log: Log): Promise<void> {
  const pid = findOrphan(databaseDir);
  if (pid === null) return;
  log.warn({ pid }, 'a PostgreSQL of an earlier start still runs; stopping it');
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + STOP_MS_MAX;
  while (findOrphan(databaseDir) === pid) {
    if (Date.now() > deadline)
      throw new Error(`PostgreSQL (process ${pid}) on ${databaseDir} does not stop.`);
    if (Date.now() > deadline - STOP_MS_MAX / 2) process.kill(pid, 'SIGQUIT');
    await sleep(50);
  }
}
