import type { ClickHouseTarget, openAnalytics } from '@clickledger/server/analytics/client.js';
import { DAY_MS, unfoldedDays } from '@clickledger/server/analytics/queries/folded-days.js';
import { fold } from '@clickledger/server/analytics/rollups/fold.js';
import { FoldOfDay } from '@clickledger/server/analytics/rollups/fold-day.js';
import type { Rollup } from '@clickledger/server/click/rollups.js';
import { INSERT_CLICKS, ONE_BLOCK } from './synthetic.js';

export type Client = ReturnType<typeof openAnalytics>;

export const RANGE_MS = 30 * 86_400_000;
const BLOCK_CLICKS = 1_000_000;
const HOUR_MS = 3_600_000;

export async function askRows(client: Client, query: string): Promise<Record<string, string>[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<Record<string, string>>();
}

/** How many clicks are stored, and the time after the newest. */
export async function dataSet(client: Client): Promise<{ clicks: number; endMs: number }> {
  const [row] = await askRows(
    client,
    'SELECT count() AS clicks, toUnixTimestamp64Milli(max(clicked_at)) + 1 AS end_ms FROM click_events',
  );
  return { clicks: Number(row?.clicks), endMs: Math.ceil(Number(row?.end_ms) / 1_000) * 1_000 };
}

/** Clicks of a chunk in the synthetic data. */
export const CHUNK_CLICKS = 5_000;

/** Fills an empty engine with clicks spread over the 30 days before the running hour, and folds them. */
export async function fillWithClicks(client: Client, clicks: number, report: (line: string) => void) {
  const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const startedAt = performance.now();
  for (let first = 0; first < clicks; first += BLOCK_CLICKS) {
    const count = Math.min(BLOCK_CLICKS, clicks - first);
    await client.command({
      query: INSERT_CLICKS,
      query_params: { first, count, start_ms: endMs - RANGE_MS, step_ms: RANGE_MS / clicks },
      clickhouse_settings: { ...ONE_BLOCK, insert_deduplicate: 0 },
    });
    const from = Math.floor(first / CHUNK_CLICKS);
    const to = Math.ceil((first + count) / CHUNK_CLICKS);
    for (const rollup of ['minutes', 'pairs'] as const)
      await fold(client, rollup, { from, to }, { once: false });
    const seconds = (performance.now() - startedAt) / 1_000;
    report(`${(first + count).toLocaleString('en')} clicks in ${seconds.toFixed(0)} s`);
  }
}

/** Folds the days that are over, as the relay does while clicks come in. */
export async function foldDays(
  target: ClickHouseTarget,
  client: Client,
  beforeMs: number,
  report: (line: string) => void,
): Promise<void> {
  const toMs = Math.floor(beforeMs / DAY_MS) * DAY_MS;
  for (const day of await unfoldedDays(client, { fromMs: 0, toMs })) {
    const startedAt = performance.now();
    const fold = await FoldOfDay.begin(target, client, day);
    const begunMs = performance.now() - startedAt;
    await fold.fill();
    const filledMs = performance.now() - startedAt;
    await fold.finish();
    const finishedMs = performance.now() - startedAt;
    await fold.close({ wait: true });
    const took = [begunMs, filledMs - begunMs, finishedMs - filledMs].map((ms) => ms.toFixed(0)).join(', ');
    report(`Folded ${new Date(day).toISOString().slice(0, 10)}: begun, filled, finished in ${took} ms`);
  }
}

/** Keeps clicks coming, as the relay does: chunks under a token. Click `first` is at `startMs`; ends on the signal. */
export async function keepIngesting(
  client: Client,
  options: {
    first: number;
    startMs: number;
    clicksPerSecond: number;
    intervalMs: number;
    /** How far the rollups are folded; moved by what is folded here. */
    marks: Record<Rollup, number>;
  },
  signal: AbortSignal,
): Promise<{ clicks: number; chunkMs: number[] }> {
  const { clicksPerSecond, intervalMs } = options;
  const count = Math.round((clicksPerSecond * intervalMs) / 1_000);
  const step = 1_000 / clicksPerSecond;
  const chunkMs: number[] = [];
  let folding: Promise<void> | null = null;
  const begin = performance.now();
  while (!signal.aborted) {
    const sent = chunkMs.length;
    const waitMs = begin + (sent + 1) * intervalMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const first = options.first + sent * count;
    const startedAt = performance.now();
    await client.command({
      query: INSERT_CLICKS,
      query_params: { first, count, start_ms: options.startMs - options.first * step, step_ms: step },
      clickhouse_settings: {
        ...ONE_BLOCK,
        max_threads: 1,
        insert_deduplicate: 1,
        insert_deduplication_token: `bench-${first}`,
        deduplicate_blocks_in_dependent_materialized_views: 1,
      },
    });
    chunkMs.push(performance.now() - startedAt);
    // Beside the chunks, and one at a time.
    folding ??= foldWhenDue(client, Math.floor((first + count) / CHUNK_CLICKS), options.marks).finally(() => {
      folding = null;
    });
  }
  await folding;
  return { clicks: chunkMs.length * count, chunkMs };
}

/** As many clicks make a fold due as in the server. */
const DUE: Record<Rollup, number> = { minutes: 50_000, pairs: 100_000 };

async function foldWhenDue(client: Client, newest: number, marks: Record<Rollup, number>): Promise<void> {
  for (const rollup of ['minutes', 'pairs'] as const) {
    const from = marks[rollup];
    if ((newest - from) * CHUNK_CLICKS < DUE[rollup]) continue;
    await fold(client, rollup, { from, to: newest });
    marks[rollup] = newest;
  }
}
