import { type AggregateRow, LIMITS } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { FraudRate } from '../../analytics/BreakdownRows.js';
import { nameAndId } from '../../analytics/names.js';
import { useAnswers } from '../../api/answers.js';
import { useHasConversions } from '../../api/conversions.js';
import { call } from '../../api/http.js';
import { useAds } from '../../api/queries.js';
import { CONVERSIONS, type Figures, figuresOf, type Question, toQuery } from '../../api/questions.js';
import type { Filter } from '../../lib/filters.js';
import { formatCount, formatMoney, formatShare, formatTimes, written } from '../../lib/format.js';
import { fraudRate } from '../../lib/fraud.js';
import { cpaOf, cvrOf, roasOf } from '../../lib/rates.js';
import { useCurrency } from '../../state/currency.js';
import { useRange } from '../../state/range.js';
import { keepView } from '../../state/search.js';
import { filtersKey, useView } from '../../state/view.js';
import { CsvButton } from '../../ui/CsvButton.js';
import { AnswerBody, Panel } from '../../ui/Panel.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { conversionCells, figuresForPeople } from './campaign-rows.js';
import { Status } from './StatusSelect.js';

/** Ads of a campaign that are listed: those with the most clicks. */
const ADS_SHOWN = 50;

const toCsvRow = (row: AggregateRow, name: string | null, currency: string, hasConversions: boolean) => ({
  ad_id: row.ad_id,
  clicks: row.clicks,
  unique_users: row.unique_users,
  fraud_count: row.fraud_count,
  billable_count: row.billable_count,
  cost_micros: row.cost_micros,
  name,
  ...figuresForPeople(figuresOf(row), currency),
  ...(hasConversions && conversionCells(figuresOf(row))),
});

/** Every ad that a question finds, as rows of a file. Throws `ApiError`. */
async function csvRows(
  question: Question,
  nameOf: (adId: string) => string | null,
  currency: string,
  hasConversions: boolean,
) {
  const query = toQuery({ ...question, limit: LIMITS.aggregateRowsMax });
  const { data } = await call('GET /api/v1/analytics/aggregate', { query });
  return data.map((row) => toCsvRow(row, nameOf(row.ad_id ?? ''), currency, hasConversions));
}

/** The ads of a campaign with their figures; each leads to its own page. */
export function AdTable({ campaignId }: { campaignId: string }) {
  const view = useView();
  const { asked, granularity, zone } = useRange();
  const ads = new Map(useAds(campaignId).data?.data.map((ad) => [ad.ad_id, ad]));
  const { currency } = useCurrency();
  const filters: Filter[] = [{ dimension: 'campaign_id', not: false, values: [campaignId] }, ...view.filters];
  const hasConversions = useHasConversions();
  const question: Question = {
    ...(hasConversions && { metrics: CONVERSIONS }),
    asked,
    align: granularity,
    zone,
    filters,
    granularity: 'total',
    groupBy: 'ad_id',
  };
  const { answers } = useAnswers(JSON.stringify([view.choice, zone, filtersKey(filters)]), null, {
    ads: { ...question, limit: ADS_SHOWN },
  });
  return (
    <Panel
      title="Ads"
      testId="ad-panel"
      actions={
        <CsvButton
          what="ads"
          rows={() => csvRows(question, (id) => ads.get(id)?.name ?? null, currency, hasConversions)}
        />
      }
    >
      <AnswerBody answer={answers.ads} what="Ads" skeleton={<SkeletonRows count={4} />}>
        {({ data }) => (
          <ScrollArea label="Ads, as a table" className="max-h-80">
            <table className="w-full text-sm" data-testid="ad-table">
              <thead className="sticky top-0 bg-surface text-xs text-muted">
                <tr className="text-right *:px-2 *:pb-1.5 *:font-medium">
                  <th className="text-left">Ad</th>
                  <th className="text-left max-sm:hidden">Status</th>
                  <th>Clicks</th>
                  <th className="max-sm:hidden">Billable</th>
                  <th className="max-sm:hidden">Users ≈</th>
                  <th>Fraud</th>
                  <th>Spend</th>
                  {hasConversions && <th>Conversions</th>}
                  {hasConversions && <th className="max-sm:hidden">CVR</th>}
                  {hasConversions && <th className="max-sm:hidden">CPA</th>}
                  {hasConversions && <th className="max-sm:hidden">ROAS</th>}
                </tr>
              </thead>
              <tbody>
                {data.map((row) => {
                  const id = row.ad_id ?? '';
                  const ad = ads.get(id);
                  const figures = figuresOf(row);
                  return (
                    <tr
                      key={id}
                      className="border-t border-line text-right hover:bg-sunken *:h-9 *:px-2"
                      data-ad={id}
                    >
                      <td className="text-left max-sm:w-full max-sm:max-w-0">
                        <Link
                          to="/campaigns/$campaignId/ads/$adId"
                          params={{ campaignId, adId: id }}
                          search={keepView}
                          className="block max-w-72 truncate rounded py-1 font-medium hover:underline"
                          title={nameAndId(ad?.name ?? id, id)}
                        >
                          {ad?.name ?? id}
                        </Link>
                      </td>
                      <td className="text-left max-sm:hidden">{ad && <Status status={ad.status} />}</td>
                      <td>{formatCount(figures.clicks)}</td>
                      <td className="max-sm:hidden">{formatCount(figures.billable)}</td>
                      <td className="max-sm:hidden">{formatCount(figures.users)}</td>
                      <td>
                        {figures.clicks === 0 ? (
                          <span className="text-muted">–</span>
                        ) : (
                          <FraudRate rate={fraudRate(figures.flagged, figures.clicks)} />
                        )}
                      </td>
                      <td>{formatMoney(figures.spendMicros)}</td>
                      {hasConversions && <ConversionCells figures={figures} />}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </ScrollArea>
        )}
      </AnswerBody>
    </Panel>
  );
}

/** Conversions of an ad, and what they cost and bring. */
const ConversionCells = ({ figures }: { figures: Figures }) => (
  <>
    <td>{formatCount(figures.conversions)}</td>
    <td className="max-sm:hidden">{written(cvrOf(figures), formatShare)}</td>
    <td className="max-sm:hidden">{written(cpaOf(figures), formatMoney)}</td>
    <td className="max-sm:hidden">{written(roasOf(figures), formatTimes)}</td>
  </>
);
