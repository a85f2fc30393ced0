import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import type { Stores } from './topology/topology.js';

/**
 * What holds up "exactly once", switched off from outside, to see that the checker catches it. Not part of any normal run.
 */
export const SABOTAGE: Record<string, (stores: Stores) => Promise<void>> = {
  /** Analytics forgets the tokens of its inserts. */
  token: ({ analytics }) => forgetTokens(analytics, '%'),
  /** It forgets those of folds alone. */
  fold: ({ analytics }) => forgetTokens(analytics, 'clicks_by_%'),
  /** The ledger takes an id again: the generations of click_keys lose their primary key. */
  async unique({ ledger }) {
    await ledger.query('ALTER TABLE click_keys DROP CONSTRAINT click_keys_pkey');
  },
  /** A chunk is not fixed when it is sent: whatever has been committed meanwhile goes with it, and again with the next one. */
  async stamp({ ledger }) {
    const { rows } = await ledger.query<{ definition: string }>(
      `SELECT pg_get_functiondef('clicks_of_chunk'::regproc) AS definition`,
    );
    const loose = (rows[0]?.definition ?? '')
      .replaceAll('BETWEEN $2 AND $3', "BETWEEN $2 AND $3 + interval '1 hour'")
      .replace(
        'b.chunk_id = $1',
        '(b.chunk_id = $1 OR b.chunk_id IS NULL AND $1 = (SELECT min(c.chunk_id) FROM chunks c WHERE c.delivered_at IS NULL))',
      );
    await ledger.query(loose);
  },
};

async function forgetTokens(analytics: ClickHouseClient, tables: string): Promise<void> {
  const result = await analytics.query({
    query: `SELECT name FROM system.tables
      WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'schema_migrations' AND name LIKE {tables:String}`,
    query_params: { tables },
    format: 'JSONEachRow',
  });
  for (const { name } of await result.json<{ name: string }>())
    await analytics
      .command({ query: `ALTER TABLE ${name} MODIFY SETTING non_replicated_deduplication_window = 0` })
      .catch((error: unknown) => {
        if (!(error instanceof ClickHouseError)) throw error;
      });
}
