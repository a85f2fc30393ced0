import { type CsvCell, LIMITS, money, type PeriodReply, toDecimal } from '@clickledger/contract';
import { call } from '../../api/http.js';
import { monthPage } from './queries.js';

/** The bills of a month as rows of a CSV file, a row a line, of all its advertisers. Throws `ApiError`. */
export async function billRows(
  period: string,
  read: (page: ReturnType<typeof monthPage>) => Promise<PeriodReply> = (page) =>
    call('GET /api/v1/billing/periods/:period', page),
): Promise<Record<string, CsvCell>[]> {
  const rows: Record<string, CsvCell>[] = [];
  let after: string | null = null;
  do {
    const page: PeriodReply = await read(monthPage(period, LIMITS.billsMax, after));
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
      pricing_model: line.pricing_model ?? 'cpc',
      price: toDecimal(money(line.price_micros ?? line.cost_per_click_micros, currency)),
      impressions: line.impressions ?? 0,
      conversions: line.conversions ?? 0,
    })),
  );
