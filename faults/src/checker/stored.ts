import type { Stores } from '../topology/topology.js';

/** A click as a store has it. */
export interface StoredClick {
  clickId: string;
  marker: string;
  isFraudulent: boolean;
  clickedAtMs: number;
  costMicros: number;
  /** What the rules had to say of it, flagged or not. */
  reasons: string;
}

/** A verdict found later: what it adds to the flagged clicks of its time. */
export interface StoredAdjustment {
  countsAtMs: number;
  fraud: number;
}

/** What one rollup says of one bucket under one grouping. */
export interface RollupBucket {
  table: string;
  dimensions: number;
  bucketMs: number;
  clicks: number;
  fraud: number;
}

/** Everything that the checker looks at. */
export interface Stored {
  ledger: StoredClick[];
  adjustments: StoredAdjustment[];
  /** Sums that the ledger keeps beside the clicks, where they differ from the clicks. */
  wrongBatches: string[];
  /** What reconciliation found, and perhaps repaired: without it analytics would be wrong. */
  differences: string[];
  raw: StoredClick[];
  flagged: StoredClick[];
  rollups: RollupBucket[];
  /** The rollups that hold every click. */
  filled: readonly string[];
  /** Distinct visitors of all time, by the raw clicks and by each rollup; the sketches must agree to the last bit. */
  users: { table: string; rollup: number; raw: number }[];
}

const ROLLUPS = ['clicks_by_minute', 'clicks_by_hour', 'clicks_by_day'];
const DAY_MS = 86_400_000;

/** Before any click: as if the days of the run were over and folded, so that every click goes into its day as well. */
export async function foldRunningDays({ analytics }: Stores): Promise<void> {
  const seconds = [-2, -1, 0, 1].map((days) => (Math.floor(Date.now() / DAY_MS) + days) * (DAY_MS / 1_000));
  await analytics.command({
    query: `INSERT INTO day_folds (day) SELECT toDateTime(arrayJoin({seconds:Array(UInt32)}), 'UTC')`,
    query_params: { seconds },
  });
}

/** @param areDaysFilled whether the days were folded before any click came, so that they hold every one */
export async function readStored({ ledger, analytics }: Stores, areDaysFilled: boolean): Promise<Stored> {
  const filled = ROLLUPS.filter((table) => table !== 'clicks_by_day' || areDaysFilled);
  const ask = async <T>(query: string): Promise<T[]> =>
    (
      await analytics.query({
        query,
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      })
    ).json<T>();
  const rawClicks = (table: string) =>
    ask<StoredClick>(`SELECT toString(click_id) AS clickId, referrer AS marker, is_fraudulent = 1 AS isFraudulent,
      toUnixTimestamp64Milli(clicked_at) AS clickedAtMs, cost_micros AS costMicros, fraud_reasons AS reasons
      FROM ${table} WHERE revision = 0 AND sign = 1`);
  const { rows } = await ledger.query<StoredClick>(
    `SELECT click_id AS "clickId", referrer AS marker, is_fraudulent AS "isFraudulent",
            (extract(epoch FROM clicked_at) * 1000)::float8 AS "clickedAtMs", cost_micros::float8 AS "costMicros",
            fraud_reasons AS reasons
     FROM click_events`,
  );
  const { rows: wrong } = await ledger.query<{ what: string }>(
    `SELECT format('batch %s says %s clicks and %s flagged, has %s and %s', b.batch_id, click_count, fraud_count, n, f) AS what
     FROM batches b FULL JOIN (
       SELECT batch_id, count(*) FILTER (WHERE is_click) AS n, sum(fraud) AS f
       FROM (
         SELECT batch_id, true AS is_click, is_fraudulent::integer AS fraud FROM click_events
         UNION ALL SELECT batch_id, false, is_fraudulent::integer - was_fraudulent::integer FROM adjustments
       ) AS entries GROUP BY 1
     ) AS stored USING (batch_id)
     -- Batches of other events have neither.
     WHERE click_count IS DISTINCT FROM coalesce(n, 0) OR fraud_count IS DISTINCT FROM coalesce(f, 0)
     UNION ALL
     SELECT format('batch %s says %s rows of conversions, has %s', b.batch_id, conversion_count, n)
     FROM batches b FULL JOIN (
       SELECT a.batch_id, count(*) AS n FROM attributions a CROSS JOIN LATERAL changes_of_attribution(a) GROUP BY 1
     ) AS stored USING (batch_id)
     WHERE conversion_count IS DISTINCT FROM coalesce(n, 0)
     UNION ALL
     SELECT format('chunk %s says %s clicks, has %s', c.chunk_id, c.click_count, n)
     FROM chunks c LEFT JOIN (SELECT chunk_id, sum(click_count) AS n FROM batches GROUP BY 1) AS stamped USING (chunk_id)
     WHERE c.click_count IS DISTINCT FROM n`,
  );
  const { rows: adjustments } = await ledger.query<StoredAdjustment>(
    `SELECT (extract(epoch FROM counts_at) * 1000)::float8 AS "countsAtMs", is_fraudulent::integer - was_fraudulent::integer AS fraud
     FROM adjustments`,
  );
  const { rows: differences } = await ledger.query<{ what: string }>(
    `SELECT format('%s at %s: %s clicks and %s flagged, should have %s and %s', place, minute, found_clicks, found_fraud,
       ledger_clicks, ledger_fraud) AS what FROM reconciliation_differences ORDER BY difference_id`,
  );
  const rollups: RollupBucket[] = [];
  const users: Stored['users'] = [];
  const [{ raw } = { raw: 0 }] = await ask<{ raw: number }>(
    'SELECT uniqCombined64If(14)(visitor_key, sign = 1 AND revision = 0 AND visitor_key != 0) AS raw FROM click_events',
  );
  for (const table of filled) {
    const buckets = await ask<Omit<RollupBucket, 'table'>>(
      `SELECT dimensions, toUnixTimestamp(bucket) * 1000 AS bucketMs, sum(clicks) AS clicks, sum(fraud) AS fraud
       FROM ${table} GROUP BY dimensions, bucket`,
    );
    rollups.push(...buckets.map((bucket) => ({ table, ...bucket })));
    const [merged] = await ask<{ n: number }>(
      `SELECT uniqCombined64Merge(14)(users) AS n FROM ${table} WHERE dimensions = 0`,
    );
    users.push({ table, rollup: merged?.n ?? 0, raw });
  }
  const bools = (clicks: StoredClick[]) =>
    clicks.map((click) => ({ ...click, isFraudulent: Boolean(click.isFraudulent) }));
  return {
    ledger: rows,
    adjustments,
    wrongBatches: wrong.map(({ what }) => what),
    differences: differences.map(({ what }) => what),
    raw: bools(await rawClicks('click_events')),
    flagged: bools(await rawClicks('flagged_clicks')),
    rollups,
    filled,
    users,
  };
}
