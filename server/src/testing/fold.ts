import type { ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseTarget } from '../analytics/client.js';
import { DAY_MS, type FoldedDays, unfoldedDays } from '../analytics/queries/folded-days.js';
import { Rollups } from '../analytics/queries/rollups.js';
import { fold } from '../analytics/rollups/fold.js';
import { FoldOfDay } from '../analytics/rollups/fold-day.js';
import { ROLLUPS, type RollupMarks } from '../click/rollups.js';

/** Folds the raw clicks of the chunks (from, to] into both rollups. */
export async function foldChunks(client: ClickHouseClient, from: number, to: number): Promise<void> {
  for (const rollup of ROLLUPS) await fold(client, rollup, { from, to });
}

/** Rollups that are folded so far, whatever the ledger says. */
export const rollupsAt = (marks: RollupMarks, days: FoldedDays | null = null): Rollups =>
  Rollups.from(() => Promise.resolve(marks), days);

/** Folds every day that ended before `beforeMs`, while nothing is inserted. Returns how many. */
export async function foldAll(
  target: ClickHouseTarget,
  client: ClickHouseClient,
  beforeMs: number,
): Promise<number> {
  const days = await unfoldedDays(client, { fromMs: 0, toMs: Math.floor(beforeMs / DAY_MS) * DAY_MS });
  for (const dayMs of days) {
    const fold = await FoldOfDay.begin(target, client, dayMs);
    try {
      await fold.fill();
      await fold.finish();
    } finally {
      await fold.close({ wait: true });
    }
  }
  return days.length;
}

/** In an empty store: as if the days around now were over and folded, so that every click of a test goes into one. */
export async function foldRunningDays(client: ClickHouseClient): Promise<void> {
  const seconds = [-2, -1, 0, 1].map((days) => (Math.floor(Date.now() / DAY_MS) + days) * (DAY_MS / 1_000));
  await client.command({
    query: `INSERT INTO day_folds (day) SELECT toDateTime(arrayJoin({seconds:Array(UInt32)}), 'UTC')`,
    query_params: { seconds },
    clickhouse_settings: { readonly: '0' },
  });
}
