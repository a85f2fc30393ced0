import type pg from 'pg';

/** Of these advertisers, those that the tenant does not have. */
export async function unknownAdvertisers(
  pool: pg.Pool,
  tenantId: number,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM unnest($2::text[]) AS id
     WHERE NOT EXISTS (SELECT FROM advertisers a WHERE a.tenant_id = $1 AND a.advertiser_id = id)`,
    [tenantId, ids],
  );
  return rows.map(({ id }) => id);
}
