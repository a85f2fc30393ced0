import { type ConversionOfClick, LIMITS, toDecimal } from '@clickledger/contract';
import { type Database, ISO_UTC } from '../lib/sql.js';

/** Conversions that are attributed to a click, or would be if flagged clicks counted: the newest first, at most `LIMITS.conversionsOfClickMax`. */
export async function readConversionsOfClick(
  ledger: Database,
  tenantId: number,
  clickId: string,
): Promise<ConversionOfClick[]> {
  const { rows } = await ledger.query<Omit<ConversionOfClick, 'value_micros' | 'value'> & { micros: string }>(
    `SELECT s.conversion_id, a.action, ${ISO_UTC('a.converted_at')} AS converted_at, s.status, a.value_micros::text AS micros, a.currency,
       s.click_id IS NOT DISTINCT FROM $2 AND s.status = 'attributed' AS is_attributed
     FROM (
       SELECT * FROM conversion_states WHERE tenant_id = $1 AND click_id = $2
       UNION
       SELECT * FROM conversion_states WHERE tenant_id = $1 AND any_click_id = $2
     ) AS s
     CROSS JOIN LATERAL (
       SELECT * FROM attributions a
       WHERE a.tenant_id = s.tenant_id AND a.conversion_id = s.conversion_id AND a.revision = s.revision AND a.made_at = s.changed_at
       OFFSET 0
     ) AS a
     ORDER BY a.converted_at DESC, s.conversion_id LIMIT ${LIMITS.conversionsOfClickMax}`,
    [tenantId, clickId],
  );
  return rows.map(({ micros, ...row }) => ({
    ...row,
    value_micros: Number(micros),
    value: toDecimal({ micros: BigInt(micros), currency: row.currency }),
  }));
}
