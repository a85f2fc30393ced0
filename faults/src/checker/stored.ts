import type { Stores } from '../topology/topology.js';

/** A click as a store has it. */
export interface StoredClick {
  clickId: string;
  marker: string;
  isFraudulent: boolean;
  clickedAtMs: number;
  costMicros: number;
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
  /** Sums that the ledger keeps beside the clicks, where they differ from the clicks. */
  wrongBatches: string[];
  raw: StoredClick[];
  flagged: StoredClick[];
  rollups: RollupBucket[];
  /** Distinct visitors of all time, by the raw clicks and by each rollup; the sketches must agree to the last bit. */
  users: { table: string; rollup: number; raw: number }[];
}

const ROLLUPS = ['clicks_by_minute', 'clicks_by_hour', 'clicks_by_day'];

export async function readStored({ ledger, analytics }: Stores): Promise<Stored> {
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
      toUnixTimestamp64Milli(clicked_at) AS clickedAtMs, cost_micros AS costMicros FROM ${table}
      WHERE sign = 1 AND (click_id, revision) NOT IN (SELECT click_id, revision FROM retracted_clicks)`);
  const { rows } = await ledger.query<StoredClick>(
    // With the last verdict: rules that look back may have changed it.
    `SELECT e.click_id AS "clickId", referrer AS marker, coalesce(a.is_fraudulent, e.is_fraudulent) AS "isFraudulent",
            (extract(epoch FROM clicked_at) * 1000)::float8 AS "clickedAtMs", cost_micros::float8 AS "costMicros"
     FROM click_events e
     LEFT JOIN LATERAL (
       SELECT is_fraudulent FROM adjustments a WHERE a.tenant_id = e.tenant_id AND a.click_id = e.click_id
       ORDER BY revision DESC LIMIT 1
     ) a ON true`,
  );
  const { rows: wrong } = await ledger.query<{ what: string }>(
    `SELECT format('batch %s says %s clicks and %s flagged, has %s and %s', b.batch_id, click_count, fraud_count, n, f) AS what
     FROM batches b FULL JOIN (
       SELECT batch_id, sum(n) AS n, sum(f) AS f FROM (
         SELECT batch_id, 1 AS n, is_fraudulent::integer AS f FROM click_events
         UNION ALL
         SELECT batch_id, 0, is_fraudulent::integer - was_fraudulent::integer FROM adjustments
       ) AS parts GROUP BY 1
     ) AS stored USING (batch_id)
     WHERE click_count IS DISTINCT FROM n OR fraud_count IS DISTINCT FROM f
     UNION ALL
     SELECT format('chunk %s says %s clicks, has %s', c.chunk_id, c.click_count, n)
     FROM chunks c LEFT JOIN (SELECT chunk_id, sum(click_count) AS n FROM batches GROUP BY 1) AS stamped USING (chunk_id)
     WHERE c.click_count IS DISTINCT FROM n`,
  );
  const rollups: RollupBucket[] = [];
  const users: Stored['users'] = [];
  const [{ raw } = { raw: 0 }] = await ask<{ raw: number }>(
    'SELECT uniqCombined64(14)(visitor_key) AS raw FROM click_events',
  );
  for (const table of ROLLUPS) {
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
    wrongBatches: wrong.map(({ what }) => what),
    raw: bools(await rawClicks('click_events')),
    flagged: bools(await rawClicks('flagged_clicks')),
    rollups,
    users,
  };
}
