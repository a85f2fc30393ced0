import type { AdvertiserBill, BillLine, PeriodReply } from '@clickledger/contract';
import { Fragment } from 'react';
import { nameAndId } from '../../analytics/names.js';
import { cn } from '../../lib/cn.js';
import { formatCount, formatMoney, formatMoneyExact } from '../../lib/format.js';
import { PRICING, priceText } from '../../lib/pricing.js';
import { Button } from '../../ui/Button.js';
import { CsvButton } from '../../ui/CsvButton.js';
import { Panel } from '../../ui/Panel.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { billRows } from './bills-csv.js';
import { StatementActions } from './StatementActions.js';

/** What a narrow screen has no room for; the statement has it. */
const WIDE = 'max-sm:hidden';
const HEADERS = [
  ['Cost per click', WIDE],
  ['Clicks', WIDE],
  ['Flagged', WIDE],
  ['Adjusted', WIDE],
  ['Billable', ''],
  ['Amount', ''],
] as const;

interface Props {
  month: PeriodReply;
  /** Asks for the next page of advertisers. */
  onMore: () => void;
  isLoadingMore: boolean;
}

/** The month's advertisers, each with a line a campaign and price. */
export function Bills({ month, onMore, isLoadingMore }: Props) {
  const { advertisers } = month;
  return (
    <Panel
      title="By advertiser"
      testId="bills"
      actions={<CsvButton what="bills" period={month.period} rows={() => billRows(month.period)} />}
    >
      {advertisers.length === 0 ? (
        <p className="py-10 text-center text-sm text-muted">No clicks this month.</p>
      ) : (
        <ScrollArea label="Bills, as a table">
          <table className="w-full text-sm" data-testid="bill-table">
            <thead className="text-xs text-muted">
              <tr className="border-b border-line text-right *:px-2 *:pb-1.5 *:font-medium">
                <th scope="col" className="text-left">
                  Advertiser / campaign
                </th>
                {HEADERS.map(([label, look]) => (
                  <th key={label} scope="col" className={cn('whitespace-nowrap', look)}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {advertisers.map((bill) => (
                <Fragment key={bill.advertiser_id}>
                  <Advertiser bill={bill} />
                  {bill.lines.map((line) => (
                    <Line
                      key={`${line.campaign_id} ${line.is_correction} ${line.pricing_model} ${line.price_micros} ${line.cost_per_click_micros}`}
                      line={line}
                    />
                  ))}
                </Fragment>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {month.next_after !== null && (
        <Button className="mt-3" data-testid="more-bills" disabled={isLoadingMore} onClick={onMore}>
          {isLoadingMore ? 'Loading…' : 'Show more'}
        </Button>
      )}
    </Panel>
  );
}

function Advertiser({ bill }: { bill: AdvertiserBill }) {
  return (
    <tr
      className="border-b border-line bg-sunken text-right font-medium *:h-11 *:px-2 *:py-1.5"
      data-advertiser={bill.advertiser_id}
      data-billable={bill.billable}
      data-cost={bill.cost_micros}
    >
      <th scope="row" className="text-left font-medium max-sm:w-full max-sm:max-w-0">
        <span className="flex flex-wrap items-center gap-x-3">
          <span
            className="truncate"
            title={nameAndId(bill.advertiser_name ?? bill.advertiser_id, bill.advertiser_id)}
          >
            {bill.advertiser_name ?? bill.advertiser_id}
          </span>
          {bill.statement_id !== null && (
            <StatementActions statementId={bill.statement_id} number={bill.number ?? ''} />
          )}
        </span>
      </th>
      <td className={WIDE} />
      <td className={WIDE}>{formatCount(bill.clicks)}</td>
      <td className={WIDE}>{formatCount(bill.flagged)}</td>
      <td className={WIDE}>{formatCount(bill.adjusted)}</td>
      <td>{formatCount(bill.billable)}</td>
      <td title={formatMoneyExact(bill.cost_micros)}>{formatMoney(bill.cost_micros)}</td>
    </tr>
  );
}

/** Lines of before there were other models are by click too. */
const isByClick = ({ pricing_model: model }: BillLine) => model !== 'cpm' && model !== 'cpa';

const Line = ({ line }: { line: BillLine }) => (
  <tr className="border-b border-line text-right last:border-0 *:h-10 *:px-2 *:py-1.5">
    <th scope="row" className="pl-6! text-left font-normal max-sm:w-full max-sm:max-w-0 max-sm:pl-4!">
      <span
        className="block max-w-80 truncate"
        title={nameAndId(line.campaign_name ?? line.campaign_id, line.campaign_id)}
      >
        {line.campaign_name ?? line.campaign_id}
      </span>
      {line.is_correction && (
        <span className="block text-xs text-muted">Correction from an earlier month</span>
      )}
      <span className="block text-xs text-muted sm:hidden">
        {isByClick(line)
          ? `${formatMoneyExact(line.cost_per_click_micros)} per click`
          : priceText(line.price_micros, line.pricing_model)}
      </span>
    </th>
    <td className={WIDE}>
      {isByClick(line)
        ? formatMoneyExact(line.cost_per_click_micros)
        : priceText(line.price_micros, line.pricing_model)}
    </td>
    {isByClick(line) ? (
      <>
        <td className={WIDE}>{formatCount(line.clicks)}</td>
        <td className={WIDE}>{formatCount(line.flagged)}</td>
        <td className={WIDE}>{formatCount(line.adjusted)}</td>
        <td>{formatCount(line.billable)}</td>
      </>
    ) : (
      <>
        <td className={WIDE} colSpan={3} />
        <td className="whitespace-nowrap">
          {formatCount(line.pricing_model === 'cpm' ? line.impressions : line.conversions)}{' '}
          <span className="text-muted">{PRICING[line.pricing_model].unit}</span>
        </td>
      </>
    )}
    <td title={formatMoneyExact(line.cost_micros)}>{formatMoney(line.cost_micros)}</td>
  </tr>
);
