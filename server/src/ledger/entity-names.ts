import type { Database } from '../lib/sql.js';

/** The names that a tenant gave; ids without a name are not in it. */
export interface Names {
  advertisers: ReadonlyMap<string, string>;
  campaigns: ReadonlyMap<string, string>;
}

/** The names of the advertisers and campaigns of some lines. */
export async function readNamesOf(
  database: Database,
  tenantId: number,
  lines: readonly { advertiserId: string; campaignId: string }[],
): Promise<Names> {
  const { rows } = await database.query<{ kind: string; id: string; name: string }>(
    `SELECT 'advertiser' AS kind, advertiser_id AS id, name FROM advertisers WHERE tenant_id = $1 AND name IS NOT NULL AND advertiser_id = ANY ($2)
     UNION ALL
     SELECT 'campaign', campaign_id, name FROM campaigns WHERE tenant_id = $1 AND name IS NOT NULL AND campaign_id = ANY ($3)`,
    [
      tenantId,
      [...new Set(lines.map(({ advertiserId }) => advertiserId))],
      [...new Set(lines.map(({ campaignId }) => campaignId))],
    ],
  );
  const of = (kind: string) =>
    new Map(rows.filter((row) => row.kind === kind).map((row) => [row.id, row.name]));
  return { advertisers: of('advertiser'), campaigns: of('campaign') };
}

const TABLES = { advertiser_id: 'advertisers', campaign_id: 'campaigns', ad_id: 'ads' } as const;
export type NamedDimension = keyof typeof TABLES;
export const isNamed = (dimension: string): dimension is NamedDimension => Object.hasOwn(TABLES, dimension);

/** The names of these ids, of one kind; ids without a name are not in it. */
export async function namesOf(
  database: Database,
  tenantId: number,
  dimension: NamedDimension,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await database.query<{ id: string; name: string }>(
    `SELECT ${dimension} AS id, name FROM ${TABLES[dimension]}
     WHERE tenant_id = $1 AND ${dimension} = ANY($2) AND name IS NOT NULL`,
    [tenantId, ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
