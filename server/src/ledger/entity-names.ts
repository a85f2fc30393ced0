import type pg from 'pg';

/** The names that a tenant gave; ids without a name are not in it. */
export interface Names {
  advertisers: ReadonlyMap<string, string>;
  campaigns: ReadonlyMap<string, string>;
}

export async function readNames(database: pg.Pool | pg.PoolClient, tenantId: number): Promise<Names> {
  const { rows } = await (database as pg.Pool).query<{ kind: string; id: string; name: string }>(
    `SELECT 'advertiser' AS kind, advertiser_id AS id, name FROM advertisers WHERE tenant_id = $1 AND name IS NOT NULL
     UNION ALL
     SELECT 'campaign', campaign_id, name FROM campaigns WHERE tenant_id = $1 AND name IS NOT NULL`,
    [tenantId],
  );
  const of = (kind: string) =>
    new Map(rows.filter((row) => row.kind === kind).map((row) => [row.id, row.name]));
  return { advertisers: of('advertiser'), campaigns: of('campaign') };
}
