import type { StatementLine, StatementReply, VerifyReply } from '@clickledger/contract';
import type pg from 'pg';
import { inTransaction } from '../lib/transaction.js';
import { countBilledLines, hasWholePeriod } from './billed-lines.js';
import { checksumOf } from './statement-csv.js';
import { toLine } from './statement-lines.js';

const keyOf = (line: StatementLine) =>
  JSON.stringify([line.campaign_id, line.is_correction, line.pricing_model, line.price_micros]);
const compared = (line: StatementLine | undefined) =>
  line
    ? {
        clicks: line.clicks,
        flagged: line.flagged,
        adjusted: line.adjusted,
        impressions: line.impressions,
        conversions: line.conversions,
        fingerprint: line.fingerprint,
      }
    : null;

/** Counts a statement again from the clicks in the ledger, and says what differs. Names are the statement's own. */
export function verifyStatement(
  pool: pg.Pool,
  tenantId: number,
  statement: StatementReply,
): Promise<VerifyReply> {
  const startedAt = performance.now();
  return inTransaction(pool, async (client) => {
    const reply = (rest: Omit<VerifyReply, 'checksum' | 'seconds'>): VerifyReply => ({
      checksum: statement.checksum,
      seconds: Math.round(performance.now() - startedAt) / 1_000,
      ...rest,
    });
    if (!(await hasWholePeriod(client, tenantId, statement.period)))
      return reply({ result: 'not_kept', recomputed_checksum: null, clicks: 0, differences: [] });
    const { period, advertiser_id: advertiserId } = statement;
    // Statements of the release before list clicks without a price.
    const withUnpriced = statement.lines.some((line) => line.price_micros === 0);
    const { lines: counted } = await countBilledLines(client, tenantId, period, {
      advertiserId,
      withUnpriced,
    });
    const stated = new Map(statement.lines.map((line) => [keyOf(line), line]));
    const nameOf = new Map(statement.lines.map((line) => [line.campaign_id, line.campaign_name]));
    const lines = counted.map((line) =>
      toLine(line, nameOf.get(line.campaignId) ?? null, statement.currency),
    );
    const recounted = new Map(lines.map((line) => [keyOf(line), line]));
    const differences = [...new Map([...stated, ...recounted])]
      .map(([key, line]) => ({
        campaign_id: line.campaign_id,
        is_correction: line.is_correction,
        pricing_model: line.pricing_model,
        price_micros: line.price_micros,
        cost_per_click_micros: line.cost_per_click_micros,
        stated: compared(stated.get(key)),
        counted: compared(recounted.get(key)),
      }))
      .filter(({ stated, counted }) => JSON.stringify(stated) !== JSON.stringify(counted));
    const recomputed = checksumOf({ ...statement, lines });
    return reply({
      result: recomputed === statement.checksum && differences.length === 0 ? 'matches' : 'differs',
      recomputed_checksum: recomputed,
      clicks: lines.reduce((sum, line) => sum + line.clicks, 0),
      differences,
    });
  });
}
