import type pg from 'pg';
import { readNamesOf } from '../ledger/entity-names.js';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { inTransaction } from '../lib/transaction.js';
import { addStatements, type NewStatement } from './add-statements.js';
import { type BilledLine, countBilledLines } from './billed-lines.js';
import type { ClosedMonth } from './billing-periods.js';
import { checksumOf, csvVersionOf } from './statement-csv.js';
import { sumOf, toLine } from './statement-lines.js';

/**
 * Makes the statements of a closed month from the ledger, all of them or none. What is in the month was fixed by its closing, so
 * a server that died in between makes the same ones later, and a second one at the same time makes none. An advertiser whose
 * clicks all cost nothing gets no statement.
 */
export function makeStatements(pool: pg.Pool, tenantId: number, month: ClosedMonth): Promise<void> {
  return inTransaction(pool, async (client) => {
    await lockTransaction(client, LOCKS.statements, tenantId);
    const { rowCount } = await client.query(
      'SELECT FROM billing_totals WHERE tenant_id = $1 AND period = $2',
      [tenantId, month.period],
    );
    if (rowCount) return;
    const { lines, unpricedClicks } = await countBilledLines(client, tenantId, month.period);
    const names = await readNamesOf(client, tenantId, lines);
    const byAdvertiser = new Map<string, BilledLine[]>();
    for (const line of lines) {
      const others = byAdvertiser.get(line.advertiserId);
      if (others) others.push(line);
      else byAdvertiser.set(line.advertiserId, [line]);
    }
    const { currency } = month;
    const statements = [...byAdvertiser].map(([advertiserId, own], i): NewStatement => {
      const number = `${month.period}-${String(i + 1).padStart(4, '0')}`;
      const advertiserName = names.advertisers.get(advertiserId) ?? null;
      const printed = own.map((line) => toLine(line, names.campaigns.get(line.campaignId) ?? null, currency));
      const csvVersion = csvVersionOf(printed);
      const checksum = checksumOf({
        csv_version: csvVersion,
        number,
        period: month.period,
        from_time: month.fromTime,
        to_time: month.toTime,
        time_zone: month.timeZone,
        currency,
        advertiser_id: advertiserId,
        advertiser_name: advertiserName,
        lines: printed,
      });
      const sums = sumOf(printed, currency);
      return {
        number,
        advertiserId,
        advertiserName,
        csvVersion,
        lines: printed,
        checksum,
        ...sums,
      };
    });
    await addStatements(client, tenantId, month.period, statements, {
      totals: sumOf(statements, currency),
      unpricedClicks,
    });
  });
}
