import type { ClickHouseClient } from '@clickhouse/client';
import type { ClickHouseTarget } from '../analytics/client.js';
import { DAY_MS, unfoldedDays } from '../analytics/queries/folded-days.js';
import { FoldOfDay } from '../analytics/rollups/fold-day.js';

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
