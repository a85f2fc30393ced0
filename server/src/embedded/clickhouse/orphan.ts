import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../../lib/backoff.js';
import type { Log } from '../../lib/log.js';
import { startOf } from '../data-dir.js';

/** An engine whose parent is gone ends by itself; on a busy machine that takes a while. Then it is ended. */
const ENDS_BY_ITSELF_MS = 5_000;
const GONE_MS_MAX = 30_000;

const noteOf = (engineDir: string) => join(engineDir, 'engine.pid');

/** Called by the engine's process before it opens its data: who it is, for the start that comes after a crash. */
export function noteEngine(engineDir: string): void {
  writeFileSync(noteOf(engineDir), `${process.pid} ${startOf(process.pid)}\n`, { mode: 0o600 });
}

/**
 * After `kill -9` of our process its engine may live on for a moment, and holds the lock of the data. Resolves when it is gone;
 * its data is safe however it ends: what is half-written is dropped, and the relay sends the chunk again.
 */
export async function stopOrphanEngine(engineDir: string, log: Log): Promise<void> {
  const note = noteOf(engineDir);
  if (!existsSync(note)) return;
  const [pid, start] = readFileSync(note, 'utf8').trim().split(' ');
  const lives = () => startOf(Number(pid)) === start;
  if (pid && start && lives()) {
    log.warn(
      { store: 'clickhouse', pid: Number(pid) },
      'an engine of an earlier start still runs; waiting for its end',
    );
    const from = Date.now();
    let killed = false;
    while (lives()) {
      if (Date.now() - from > GONE_MS_MAX)
        throw new Error(`The ClickHouse engine (process ${pid}) does not end.`);
      if (!killed && Date.now() - from > ENDS_BY_ITSELF_MS) {
        killed = true;
        process.kill(Number(pid), 'SIGKILL');
      }
      await sleep(50);
    }
  }
  rmSync(note, { force: true });
}
