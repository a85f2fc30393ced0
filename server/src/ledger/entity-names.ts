import type { Database } from './sql.js';

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
