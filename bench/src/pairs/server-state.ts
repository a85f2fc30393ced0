import { setTimeout as sleep } from 'node:timers/promises';
import type { StatsReply } from '@clickledger/contract';
import { startSpending } from '../processes.js';
import type { BenchSystem } from '../systems/system.js';

const LOOK_EVERY_MS = 250;
const CATCH_UP_MS_MAX = 600_000;
const CHUNKS_EVERY_MS = 400;
const QUIET_LOOK_MS = 10_000;
const QUIET_CORES_MAX = 0.5;
const QUIET_LOOKS = 2;
const QUIET_MS_MAX = 300_000;

/** A JSON reply of a system's API; throws on any other status than 2xx. */
export async function ask<T>(url: string, path: string, method = 'GET'): Promise<T> {
  const reply = await fetch(`${url}/api/v1/${path}`, {
    method,
    ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path.slice(0, 200)}: ${reply.status} ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}

/** Resolves when analytics has every committed click. */
export async function caughtUp(url: string): Promise<void> {
  for (const deadline = Date.now() + CATCH_UP_MS_MAX; Date.now() < deadline; await sleep(LOOK_EVERY_MS)) {
    const { lag } = await ask<StatsReply>(url, 'admin/stats');
    if (lag.rows === 0) return;
  }
  throw new Error(`analytics did not catch up in ${CATCH_UP_MS_MAX / 1_000} s`);
}

/** Resolves when all processes of a system together take little: what came in before has been merged and folded. */
export async function quiet(system: BenchSystem): Promise<void> {
  let looks = 0;
  for (const deadline = Date.now() + QUIET_MS_MAX; looks < QUIET_LOOKS && Date.now() < deadline; ) {
    const spentSince = startSpending(system.roots);
    await sleep(QUIET_LOOK_MS);
    const { seconds, cpuSeconds } = spentSince();
    const cores = Object.values(cpuSeconds).reduce((sum, one) => sum + one, 0) / seconds;
    looks = cores < QUIET_CORES_MAX ? looks + 1 : 0;
  }
}

/** A metric of a server by its name, summed over its labels; NaN when it has none. */
async function readMetrics(url: string): Promise<(name: string) => number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return (name) => {
    const values = [...text.matchAll(new RegExp(`^clickledger_${name}(?:{.*})? (.+)$`, 'gm'))];
    // A counter with labels has no line before its first event.
    const isKnown = values.length > 0 || text.includes(`# TYPE clickledger_${name} `);
    return isKnown ? values.reduce((sum, [, value]) => sum + Number(value), 0) : Number.NaN;
  };
}

/**
 * How long the relay's chunks take, from stamp to mark, in milliseconds, sorted, until `stop` is called; and how many folds of rollups
 * there were. Read from the sum and the count of its histogram so often that mostly one chunk lies between two looks: its buckets alone
 * are too coarse.
 */
export function watchRelay(url: string): { stop: () => Promise<{ chunkMs: Float64Array; folds: number }> } {
  const stopping = new AbortController();
  const chunkMs: number[] = [];
  let folds = Number.NaN;
  const look = async () => {
    let first: typeof last | null = null;
    let last = { sum: Number.NaN, count: Number.NaN, folds: Number.NaN };
    for (let isOver = false; !isOver; ) {
      isOver = stopping.signal.aborted;
      const metric = await readMetrics(url).catch(() => null);
      if (metric) {
        const now = {
          sum: metric('relay_chunk_seconds_sum'),
          count: metric('relay_chunk_seconds_count'),
          folds: metric('folds_total'),
        };
        const chunks = now.count - last.count;
        for (let i = 0; i < chunks; i++) chunkMs.push((1_000 * (now.sum - last.sum)) / chunks);
        last = now;
        first ??= now;
        folds = now.folds - first.folds;
      }
      if (!isOver)
        await sleep(CHUNKS_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const work = look();
  return {
    async stop() {
      stopping.abort();
      await work;
      return { chunkMs: Float64Array.from(chunkMs).sort(), folds };
    },
  };
}
