import type { AdvertiserBill, BillLine, PeriodQuery, PeriodReply } from '@clickledger/contract';
import { readNamesOf } from '../ledger/entity-names.js';
import { billedSoFar, totalsSoFar } from './billed-so-far.js';
import type { Totals } from './billing-periods.js';
import {
  type BillingParts,
  type Calendar,
  describe,
  monthAfter,
  NoAnalytics,
  readCalendar,
} from './months.js';
import { sumOf, toLine } from './statement-lines.js';
import { listWholeStatements } from './statements.js';

type Bills = Pick<PeriodReply, 'totals' | 'advertisers' | 'unpriced_clicks'>;

/**
 * What each advertiser owes for a month, a page of them: by its statements when it is closed, else as analytics has it so far.
 *
 * @throws NoAnalytics for an open month, in a process that has none
 */
export async function readBills(
  parts: BillingParts,
  tenantId: number,
  period: string,
  page: PeriodQuery,
): Promise<PeriodReply> {
  const calendar = await readCalendar(parts, tenantId);
  const month = await describe(parts.pool, calendar, period);
  // One more than the page, to know whether it is the last.
  const query = { after: page.after ?? null, limit: page.limit + 1 };
  const bills =
    month.totals === null
      ? await openBills(parts, tenantId, calendar, month, query)
      : { totals: month.totals, ...(await closedBills(parts, tenantId, calendar, period, query)) };
  const advertisers = bills.advertisers.slice(0, page.limit);
  return {
    ...month,
    ...bills,
    advertisers,
    next_after: bills.advertisers.length > page.limit ? (advertisers.at(-1)?.advertiser_id ?? null) : null,
  };
}

interface Page {
  after: string | null;
  limit: number;
}

async function closedBills(
  { pool }: BillingParts,
  tenantId: number,
  { closed }: Calendar,
  period: string,
  page: Page,
): Promise<Omit<Bills, 'totals'>> {
  const statements = await listWholeStatements(pool, tenantId, period, page);
  const advertisers = statements.map(
    (one): AdvertiserBill => ({
      advertiser_id: one.advertiser_id,
      advertiser_name: one.advertiser_name,
      statement_id: one.statement_id,
      number: one.number,
      ...sumOf([one], one.currency),
      lines: one.lines.map(({ fingerprint: _, ...line }) => line),
    }),
  );
  const own = closed.find((month) => month.period === period);
  return { advertisers, unpriced_clicks: own?.unpricedClicks ?? 0 };
}

async function openBills(
  { pool, analytics }: BillingParts,
  tenantId: number,
  { closed, settings: { currency } }: Calendar,
  month: { period: string; from_time: string; to_time: string },
  page: Page,
): Promise<Bills> {
  if (!analytics) throw new NoAnalytics();
  const [last] = closed.filter((one) => one.period < month.period);
  const open = {
    fromMs: Date.parse(month.from_time),
    toMs: Date.parse(month.to_time),
    sinceMs: Date.parse(last?.billedSince ?? month.from_time),
    afterChunkId: last && monthAfter(last.period) === month.period ? last.uptoChunkId : null,
  };
  const [{ unpricedClicks, ...totals }, lines] = await Promise.all([
    totalsSoFar(analytics, tenantId, open, currency),
    billedSoFar(analytics, tenantId, open, page),
  ]);
  const names = await readNamesOf(pool, tenantId, lines);
  const linesOf = new Map<string, BillLine[]>();
  for (const line of lines) {
    const name = names.campaigns.get(line.campaignId) ?? null;
    const { fingerprint: _, ...own } = toLine({ ...line, fingerprint: '' }, name, currency);
    const others = linesOf.get(line.advertiserId);
    if (others) others.push(own);
    else linesOf.set(line.advertiserId, [own]);
  }
  const advertisers = [...linesOf].map(
    ([id, own]): AdvertiserBill => ({
      advertiser_id: id,
      advertiser_name: names.advertisers.get(id) ?? null,
      statement_id: null,
      number: null,
      ...(sumOf(own, currency) satisfies Totals),
      lines: own,
    }),
  );
  return { totals, advertisers, unpriced_clicks: unpricedClicks };
}
