import type pg from 'pg';

/** Conversions whose wait is over that are queued at once. */
const EXPIRED_MAX = 1_000;

/**
 * Queues the conversions that chunks bring or may move, of those that analytics got since the last time.
 *
 * @param chunksMax most chunks that are looked through
 * @returns how many were
 */
export async function lookThroughChunks(session: pg.ClientBase, chunksMax: number): Promise<number> {
  const { rows } = await session.query<{ count: number }>({
    name: 'look_through_chunks',
    text: 'SELECT look_through_chunks($1) AS count',
    values: [chunksMax],
  });
  return rows[0]?.count ?? 0;
}

/** Queues conversions whose click did not come in time. Returns how many. */
export async function queueExpired(session: pg.ClientBase, nowMs: number): Promise<number> {
  const { rowCount } = await session.query({
    name: 'queue_expired',
    text: `INSERT INTO attribution_queue (tenant_id, conversion_id)
      SELECT tenant_id, conversion_id FROM conversion_states
      WHERE status = 'waiting' AND give_up_at <= $1 ORDER BY give_up_at LIMIT ${EXPIRED_MAX}
      ON CONFLICT DO NOTHING`,
    values: [new Date(nowMs)],
  });
  return rowCount ?? 0;
}

/** The next tenant by number, after this one, with conversions in the queue; the first again after the last. Null: the queue is empty. */
export async function nextTenant(session: pg.ClientBase, after: number): Promise<number | null> {
  const { rows } = await session.query<{ tenantId: number | null }>({
    name: 'next_queued_tenant',
    text: `SELECT coalesce(
        (SELECT tenant_id FROM attribution_queue WHERE tenant_id > $1 ORDER BY tenant_id LIMIT 1),
        (SELECT tenant_id FROM attribution_queue ORDER BY tenant_id LIMIT 1)
      ) AS "tenantId"`,
    values: [after],
  });
  return rows[0]?.tenantId ?? null;
}

/** A tenant's conversions that were queued first. They stay in the queue. */
export async function firstQueued(session: pg.ClientBase, tenantId: number, max: number): Promise<string[]> {
  const { rows } = await session.query<{ id: string }>({
    name: 'first_queued',
    text: 'SELECT conversion_id AS id FROM attribution_queue WHERE tenant_id = $1 ORDER BY queue_id LIMIT $2',
    values: [tenantId, max],
  });
  return rows.map(({ id }) => id);
}

/** Takes conversions out of the queue, and notes up to which chunk their clicks were looked for. */
export async function leaveQueue(
  session: pg.ClientBase,
  tenantId: number,
  conversionIds: readonly string[],
  checkedTo: number,
): Promise<void> {
  await session.query({
    name: 'leave_attribution_queue',
    text: `WITH looked_at AS (
        UPDATE conversion_states SET checked_to = $3
        WHERE tenant_id = $1 AND conversion_id = ANY ($2) AND checked_to = 0
      )
      DELETE FROM attribution_queue WHERE tenant_id = $1 AND conversion_id = ANY ($2)`,
    values: [tenantId, conversionIds, checkedTo],
  });
}

/** The newest chunk that was looked through; 0 when none was. */
export async function readAttributionMark(session: pg.ClientBase): Promise<number> {
  const { rows } = await session.query<{ mark: number | null }>(
    'SELECT chunk_id AS mark FROM attribution_watermark',
  );
  return rows[0]?.mark ?? 0;
}
