import type { HealthReply, StatsReply } from '@clickledger/contract';
import { sleep } from '@clickledger/server/lib/backoff.js';

/** Everything is whole again: how long a part may take to notice. */
const WELL_MS_MAX = 120_000;
const CAUGHT_UP_MS_MAX = 180_000;
const ANSWER_MS_MAX = 10_000;

async function ask<T>(url: string): Promise<T | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null;
  }
}

/** Resolves when this server says that all its stores are well. */
export async function untilHealthy(url: string): Promise<void> {
  let last: unknown = 'no answer';
  for (const deadline = Date.now() + WELL_MS_MAX; Date.now() < deadline; await sleep(200)) {
    const health = await ask<HealthReply>(`${url}/health`);
    if (health?.status === 'healthy') return;
    last = health ?? last;
  }
  throw new Error(`${url} does not get well: ${JSON.stringify(last)}`);
}

/** Settings of a relay that folds every chunk, so that faults meet folds as often as chunks. */
export const FOLDS_OFTEN = { FOLD_CLICKS: '1', FOLD_SECONDS: '1' } as const;

/** Resolves when this server says that no committed click waits for analytics, nor for its rollups. */
export async function untilCaughtUp(url: string): Promise<void> {
  let last: unknown = 'no answer';
  for (const deadline = Date.now() + CAUGHT_UP_MS_MAX; Date.now() < deadline; await sleep(300)) {
    const stats = await ask<StatsReply>(`${url}/api/v1/admin/stats`);
    if (stats?.lag.rows === 0 && stats.lag.unfolded_rows === 0) return;
    last = stats ? { lag: stats.lag, relay: stats.relay } : last;
  }
  throw new Error(`analytics does not catch up: ${JSON.stringify(last)}`);
}
