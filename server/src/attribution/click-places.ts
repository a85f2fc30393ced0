import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';

/** Where the ledger has a click. */
export interface ClickPlace {
  clickId: string;
  batchId: number;
  receivedAtMs: number;
}

/** A click as the ledger has it, with its latest verdict. */
export interface LedgerClick extends ClickPlace {
  clickedAtMs: number;
  isFraudulent: boolean;
  /** Whether its verdict was ever adjusted. */
  isAdjusted: boolean;
}

/** Of queries that nobody waits for, between two chunks of the relay. */
export const ATTRIBUTION_LIMITS = {
  // 2: its own settings still count.
  readonly: '2',
  max_execution_time: 10,
  timeout_overflow_mode: 'throw',
  max_memory_usage: '1000000000',
  max_threads: 1,
  output_format_json_quote_64bit_integers: 0,
} as const;

/** Clicks of a tenant that the ledger knows by their IDs alone: those of the dedup window, dead letters among them. */
export async function placesInLedger(
  session: pg.ClientBase,
  tenantId: number,
  clickIds: readonly string[],
): Promise<ClickPlace[]> {
  if (clickIds.length === 0) return [];
  const { rows } = await session.query<ClickPlace>({
    name: 'click_places',
    text: `SELECT k.click_id AS "clickId", k.batch_id AS "batchId", (extract(epoch FROM k.received_at) * 1000)::bigint AS "receivedAtMs"
      FROM dedup_generation d
      CROSS JOIN unnest($2::uuid[]) AS i (click_id)
      JOIN click_keys k ON k.generation IN (d.generation, d.generation - 1) AND k.tenant_id = $1 AND k.click_id = i.click_id`,
    values: [tenantId, clickIds],
  });
  return rows;
}

/** Clicks of any age, and of any tenant, that analytics has. */
export async function placesInAnalytics(
  client: ClickHouseClient,
  clickIds: readonly string[],
): Promise<(ClickPlace & { tenantId: number })[]> {
  if (clickIds.length === 0) return [];
  const result = await client.query({
    query: `SELECT tenant_id AS tenantId, toString(click_id) AS clickId, batch_id AS batchId,
        toUnixTimestamp64Milli(received_at) AS receivedAtMs
      FROM click_events WHERE click_id IN {ids:Array(UUID)} AND sign = 1 AND revision = 0`,
    query_params: { ids: clickIds },
    format: 'JSONEachRow',
    clickhouse_settings: ATTRIBUTION_LIMITS,
  });
  return result.json();
}

/** The clicks at these places, by ID. What the ledger no longer has is left out. Each batch is read once, however many of them it has. */
export async function readClicks(
  session: pg.ClientBase,
  tenantId: number,
  places: readonly ClickPlace[],
): Promise<Map<string, LedgerClick>> {
  if (places.length === 0) return new Map();
  const { rows } = await session.query<LedgerClick>({
    name: 'read_judged_clicks',
    text: `SELECT e.click_id AS "clickId", e.batch_id AS "batchId", (extract(epoch FROM e.received_at) * 1000)::bigint AS "receivedAtMs",
        (extract(epoch FROM e.clicked_at) * 1000)::bigint AS "clickedAtMs",
        coalesce(a.is_fraudulent, e.is_fraudulent) AS "isFraudulent", a.is_fraudulent IS NOT NULL AS "isAdjusted"
      FROM (SELECT DISTINCT batch_id, received_at_ms FROM unnest($3::bigint[], $4::bigint[]) AS i (batch_id, received_at_ms)) AS b
      CROSS JOIN LATERAL (
        SELECT * FROM click_events e
        WHERE e.batch_id = b.batch_id AND e.received_at = to_timestamp(b.received_at_ms / 1000.0)
          AND e.tenant_id = $1 AND e.click_id = ANY ($2::uuid[])
        OFFSET 0
      ) AS e
      LEFT JOIN LATERAL (
        SELECT a.is_fraudulent FROM adjustments a
        WHERE a.tenant_id = $1 AND a.click_id = e.click_id ORDER BY a.revision DESC LIMIT 1
      ) AS a ON true`,
    values: [
      tenantId,
      places.map(({ clickId }) => clickId),
      places.map(({ batchId }) => batchId),
      places.map(({ receivedAtMs }) => receivedAtMs),
    ],
  });
  return new Map(rows.map((click) => [click.clickId, click]));
}
