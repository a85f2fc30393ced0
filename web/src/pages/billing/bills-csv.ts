import { type CsvCell, LIMITS, money, type PeriodReply, toDecimal } from '@clickledger/contract';
import { call } from '../../api/http.js';
import { monthPage } from './queries.js';

/** The bills of a month as rows of a CSV file, a row a line, of all its advertisers. Throws `ApiError`. */
export async function billRows(
  period: string,
  read: (page: ReturnType<typeof monthPage>) => Promise<PeriodReply> = (page) =>
    call('GET /api/v1/billing/periods/:period', page),
): Promise<Record<string, CsvCell>[]> {
  const pages: PeriodReply[] = [];
  let after: string | null = null;
  do {
    const page: PeriodReply = await read(monthPage(period, LIMITS.billsMax, after));
    pages.push(page);
    after = page.next_after;
  } while (after !== null);
  const hasModels = pages.some(hasOtherModels);
  return pages.flatMap((page) => rowsOf(page, hasModels));
}

/** Whether a month has lines that are billed by impressions or conversions: only then its file has columns for them. */
const hasOtherModels = ({ advertisers }: PeriodReply): boolean =>
  advertisers.some(({ lines }) =>
    lines.some(({ pricing_model: model }) => model === 'cpm' || model === 'cpa'),
  );

const rowsOf = ({ period, state, currency, advertisers }: PeriodReply, hasModels: boolean) =>
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
      ...(hasModels && {
        pricing_model: line.pricing_model,
        price: toDecimal(money(line.price_micros, currency)),
        impressions: line.impressions,
        conversions: line.conversions,
      }),
    })),
  );
