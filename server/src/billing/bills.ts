import type { AdvertiserBill, PeriodReply } from '@clickledger/contract';
import { billedSoFar } from '../analytics/billed-so-far.js';
import { readNames } from '../ledger/entity-names.js';
import { listWholeStatements } from '../ledger/statements.js';
import { sumOf, toLine } from './lines.js';
import { type BillingParts, type Calendar, describe, monthAfter, readCalendar } from './months.js';

/** What each advertiser owes for a month: by its statements when it is closed, else as analytics has it so far. */
export async function readBills(parts: BillingParts, tenantId: number, period: string): Promise<PeriodReply> {
  const calendar = await readCalendar(parts, tenantId);
  const month = await describe(parts.pool, calendar, period);
  const advertisers =
    month.totals === null
      ? await openBills(parts, tenantId, calendar, period, month)
      : await closedBills(parts, tenantId, period);
  return { ...month, totals: month.totals ?? sumOf(advertisers), advertisers };
}

async function closedBills(
  { pool }: BillingParts,
  tenantId: number,
  period: string,
): Promise<AdvertiserBill[]> {
  const statements = await listWholeStatements(pool, tenantId, period);
  return statements.map((one) => ({
    ...{ advertiser_id: one.advertiser_id, advertiser_name: one.advertiser_name },
    ...{ statement_id: one.statement_id, number: one.number },
    ...sumOf([one]),
    lines: one.lines.map(({ fingerprint: _, ...line }) => line),
  }));
}

async function openBills(
  { pool, analytics }: BillingParts,
  tenantId: number,
  { closed }: Calendar,
  period: string,
  month: { from_time: string; to_time: string },
): Promise<AdvertiserBill[]> {
  if (!analytics) return [];
  const [last] = closed.filter((one) => one.period < period);
  const lines = await billedSoFar(analytics, tenantId, {
    fromMs: Date.parse(month.from_time),
    toMs: Date.parse(month.to_time),
    sinceMs: Date.parse(last?.billedSince ?? month.from_time),
    afterChunkId: last && monthAfter(last.period) === period ? last.uptoChunkId : null,
  });
  const names = await readNames(pool, tenantId);
  const bills = new Map<string, AdvertiserBill>();
  for (const line of lines) {
    const { fingerprint: _, ...own } = toLine(
      { ...line, fingerprint: '' },
      names.campaigns.get(line.campaignId) ?? null,
    );
    const bill = bills.get(line.advertiserId) ?? {
      ...{
        advertiser_id: line.advertiserId,
        advertiser_name: names.advertisers.get(line.advertiserId) ?? null,
      },
      ...{ statement_id: null, number: null, lines: [], ...sumOf([]) },
    };
    bills.set(line.advertiserId, { ...bill, ...sumOf([bill, own]), lines: [...bill.lines, own] });
  }
  return [...bills.values()];
}
