import { type CsvCell, LIMITS, money, type PeriodReply, toDecimal } from '@clickledger/contract';
import { getJson } from '../../api/http.js';
import { monthPath } from './queries.js';

const never = new AbortController().signal;

/** The bills of a month as rows of a CSV file, a row a line, of all its advertisers. Throws `ApiError`. */
export async function billRows(
  period: string,
  read: (path: string) => Promise<PeriodReply> = (path) => getJson<PeriodReply>(path, never),
): Promise<Record<string, CsvCell>[]> {
  const rows: Record<string, CsvCell>[] = [];
  let after: string | null = null;
  do {
    const page: PeriodReply = await read(monthPath(period, LIMITS.billsMax, after));
    rows.push(...rowsOf(page));
    after = page.next_after;
  } while (after !== null);
  return rows;
}

const rowsOf = ({ period, state, currency, advertisers }: PeriodReply) =>
  advertisers.flatMap(({ advertiser_id, lines }) =>
    lines.map((line) => ({
      period,
      state,
      advertiser_id,
      campaign_id: line.campaign_id,
      clicks_of: line.is_correction ? 'an earlier month' : 'this month',
      clicks: line.clicks,
      flagged: line.flagged,
      adjusted: line.adjusted,
      billable: line.billable,
      cost_per_click: toDecimal(money(line.cost_per_click_micros, currency)),
      cost: line.cost,
      currency,
    })),
  );
