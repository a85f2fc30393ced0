import { LIMITS } from '@clickledger/contract';
import type pg from 'pg';
import { int4Array, int8Array, textArray } from '../ledger/binary-arrays.js';
import { inTransaction } from '../lib/transaction.js';
import type { ImpressionRow } from './impression-row.js';

/** One write of counts, which is counted once however often it is sent. */
export interface ImpressionWrite {
  /** Whose id it is: a tenant, or `NODES`. */
  owner: number;
  id: string;
  /** Of the body of a report; empty for what a node adds up. */
  bodyHash: string;
  rows: readonly ImpressionRow[];
}

/** Owns the ids of what nodes add up themselves. */
export const NODES = 0;

/** `reused`: another body came under this id. */
export type Written = { as: 'new'; refused: ImpressionRow[] } | { as: 'repeat' | 'reused' };

const APPEND = {
  name: 'append_impressions',
  text: 'SELECT ordinal FROM append_impressions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
};

/**
 * Commits a write: its counts, its id, their batch and the entities not seen before, in one transaction. When this resolves, all of it is
 * on disk. Counts whose campaign nobody knows are refused; the others are stored.
 *
 * @param isWhole refuses all of a write of which a count is refused; the id is not used up then
 * @throws whatever PostgreSQL says; the write may then be stored (the reply was lost) or not: sent again, its id decides
 */
export async function appendImpressions(
  pool: pg.Pool,
  write: ImpressionWrite,
  receivedAtMs: number,
  isWhole: boolean,
): Promise<Written> {
  const { owner, id, bodyHash, rows } = write;
  const undone = new Error('undone');
  let refused: ImpressionRow[] = [];
  try {
    return await inTransaction(pool, async (client): Promise<Written> => {
      const { rowCount } = await client.query(
        'INSERT INTO impression_reports (tenant_id, report_id, body_hash, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
        [owner, id, bodyHash, new Date(receivedAtMs)],
      );
      if (rowCount === 0) {
        const { rows: found } = await client.query<{ body_hash: string }>(
          'SELECT body_hash FROM impression_reports WHERE tenant_id = $1 AND report_id = $2',
          [owner, id],
        );
        return { as: found[0]?.body_hash === bodyHash ? 'repeat' : 'reused' };
      }
      await register(client, rows);
      const { rows: left } = await client.query<{ ordinal: number }>({
        ...APPEND,
        values: [new Date(receivedAtMs), ...columnsOf(rows)],
      });
      refused = left.map(({ ordinal }) => rows[ordinal - 1] as ImpressionRow);
      if (isWhole && refused.length > 0) throw undone;
      return { as: 'new', refused };
    });
  } catch (error) {
    if (error !== undone) throw error;
    return { as: 'new', refused };
  }
}

/** Registers the campaigns and ads that nobody has named yet, as clicks do. */
async function register(client: pg.PoolClient, rows: readonly ImpressionRow[]): Promise<void> {
  const named = rows.filter(({ campaignId, advertiserId }) => campaignId !== null && advertiserId !== null);
  if (named.length === 0) return;
  await client.query('SELECT count(*) FROM register_clicked($1, $2, $3, $4, $5)', [
    named.map(({ tenantId }) => tenantId),
    named.map(({ advertiserId }) => advertiserId),
    named.map(({ campaignId }) => campaignId),
    named.map(({ adId }) => adId),
    LIMITS.newEntitiesPerHourMax,
  ]);
}

const columnsOf = (rows: readonly ImpressionRow[]): Buffer[] => [
  int4Array(rows.map(({ tenantId }) => tenantId)),
  int8Array(rows.map(({ hourMs }) => hourMs)),
  textArray(rows.map(({ adId }) => adId)),
  textArray(rows.map(({ campaignId }) => campaignId)),
  textArray(rows.map(({ advertiserId }) => advertiserId)),
  textArray(rows.map(({ country }) => country)),
  textArray(rows.map(({ deviceType }) => deviceType)),
  textArray(rows.map(({ linkId }) => linkId)),
  int8Array(rows.map(({ count }) => count)),
];

/** What a node wrote and knows to be written needs its id no more: a lost reply is asked for again within seconds. */
const NODE_IDS_KEPT = '1 hour';

/** Drops ids of writes that can not come again: their hours are too old by then. */
export async function dropOldReports(pool: pg.Pool, dedupWindowDays: number): Promise<void> {
  await pool.query(
    `DELETE FROM impression_reports
     WHERE made_at < now() - make_interval(days => $1) - interval '1 day'
        OR (tenant_id = ${NODES} AND made_at < now() - interval '${NODE_IDS_KEPT}')`,
    [dedupWindowDays],
  );
}
