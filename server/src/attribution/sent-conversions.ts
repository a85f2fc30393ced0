import { type Database, ISO_UTC } from '../lib/sql.js';

/** What was sent of a conversion, beside what analytics has. */
export interface SentConversion {
  orderId: string | null;
  source: string;
  receivedAt: string;
}

/** What was sent of some conversions of a tenant, by ID. What retention has dropped is left out. */
export async function readSent(
  ledger: Database,
  tenantId: number,
  conversionIds: readonly string[],
): Promise<Map<string, SentConversion>> {
  if (conversionIds.length === 0) return new Map();
  const { rows } = await ledger.query<SentConversion & { id: string }>(
    `SELECT s.conversion_id AS id, c.order_id AS "orderId", c.source, ${ISO_UTC('c.received_at')} AS "receivedAt"
     FROM conversion_states s
     CROSS JOIN LATERAL (
       SELECT * FROM conversions c
       WHERE c.tenant_id = s.tenant_id AND c.conversion_id = s.conversion_id AND c.received_at = s.received_at
       OFFSET 0
     ) AS c
     WHERE s.tenant_id = $1 AND s.conversion_id = ANY ($2::uuid[])`,
    [tenantId, conversionIds],
  );
  return new Map(rows.map(({ id, ...sent }) => [id, sent]));
}
