import type { AggregateRow } from '@clickledger/contract';
import { CircleSlash } from 'lucide-react';
import { figuresOf, groupOf } from '../api/questions.js';
import { cn } from '../lib/cn.js';
import {
  DIMENSION_LABELS,
  type Dimension,
  type Filter,
  filterOf,
  withoutValue,
  withValue,
} from '../lib/filters.js';
import {
  formatCount,
  formatMoney,
  formatShare,
  formatShareExact,
  formatShort,
  written,
} from '../lib/format.js';
import { fraudRate, fraudStatus } from '../lib/fraud.js';
import { cpaOf, cvrOf } from '../lib/rates.js';
import { useChangeView } from '../state/view.js';
import { useLabels } from './names.js';
import { ToEntity, ToFlagged } from './row-links.js';

interface Props {
  dimension: Dimension;
  rows: readonly AggregateRow[];
  totalClicks: number;
  filters: readonly Filter[];
  /** Also unique users and spend, where there is room. */
  full?: boolean;
  /** Also conversions: their count, or with `full` their rates too. */
  hasConversions?: boolean;
}

/** Groups as a table with bars. A click on a value filters by it, and once more ends that. */
export function BreakdownRows({
  dimension,
  rows,
  totalClicks,
  filters,
  full = false,
  hasConversions = false,
}: Props) {
  const label = DIMENSION_LABELS[dimension];
  const labelOf = useLabels(dimension === 'ad_id', dimension === 'link_id');
  const changeView = useChangeView();
  const most = Math.max(1, ...rows.map(({ clicks }) => clicks));
  if (rows.length === 0) return <p className="py-6 text-center text-sm text-muted">No data.</p>;
  return (
    <table className="w-full table-fixed text-sm">
      <thead className="text-xs text-muted">
        <tr className="text-right *:pb-1 *:font-medium">
          <th scope="col" className="pl-2 text-left">
            {label.one}
          </th>
          {full && <th className="w-20 max-sm:hidden">Users ≈</th>}
          {full && <th className="w-24 max-sm:hidden">Spend</th>}
          <th className="w-16">Clicks</th>
          <th className={cn('w-[3.75rem]', hasConversions && 'max-sm:hidden')}>Share</th>
          {hasConversions && (
            <th className="w-14" title="Conversions">
              Conv.
            </th>
          )}
          {hasConversions && full && <th className="w-16 max-sm:hidden">CVR</th>}
          {hasConversions && full && <th className="w-20 max-sm:hidden">CPA</th>}
          <th className="w-20 pr-1">Fraud</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const value = groupOf(row, dimension) ?? '';
          const name = labelOf(dimension, value);
          const figures = figuresOf(row);
          const rate = fraudRate(figures.flagged, figures.clicks);
          const sign = filterOf(filters, dimension, value);
          const share = totalClicks > 0 ? figures.clicks / totalClicks : 0;
          const toggle = () =>
            // The panel then breaks down what was chosen: the tab that was chosen before has only one row left.
            changeView(
              (view) => ({
                filters: sign
                  ? withoutValue(view.filters, dimension, value)
                  : withValue(view.filters, dimension, value),
              }),
              { without: ['tab'] },
            );
          return (
            <tr
              key={value}
              className="group text-right *:h-9 hover:bg-sunken"
              data-value={value}
              data-clicks={row.clicks}
            >
              <td className="relative max-w-0 text-left">
                <span
                  aria-hidden="true"
                  className="absolute inset-y-0.5 left-0 flex overflow-hidden rounded"
                  style={{ width: `${(figures.clicks / most) * 100}%` }}
                >
                  <span className="flex-1 bg-bar" />
                  <span className="bg-bar-flagged" style={{ width: `${rate * 100}%` }} />
                </span>
                <button
                  type="button"
                  aria-pressed={sign !== null}
                  title={name === value ? name : `${name} (${value || 'empty'})`}
                  className={cn(
                    'relative block w-full truncate rounded px-2 py-1.5 text-left group-hover:pr-14 pointer-coarse:pr-14 hover:underline',
                    sign !== null && 'font-semibold',
                  )}
                  onClick={toggle}
                >
                  {name}
                </button>
                <ToEntity dimension={dimension} value={value} name={name} filters={filters} />
                <button
                  type="button"
                  aria-label={`Exclude ${name}`}
                  title={`Exclude ${name}`}
                  className="absolute right-1 top-1.5 grid size-6 place-items-center rounded text-muted opacity-0 hover:bg-surface hover:text-ink focus-visible:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100"
                  onClick={() =>
                    changeView((view) => ({ filters: withValue(view.filters, dimension, value, true) }))
                  }
                >
                  <CircleSlash className="size-3.5" aria-hidden="true" />
                </button>
              </td>
              {full && <td className="max-sm:hidden">{formatShort(figures.users)}</td>}
              {full && <td className="max-sm:hidden">{formatMoney(figures.spendMicros)}</td>}
              <td className="font-medium" title={formatCount(figures.clicks)}>
                {formatShort(figures.clicks)}
              </td>
              <td
                className={cn('text-muted', hasConversions && 'max-sm:hidden')}
                title={formatShareExact(share)}
              >
                {formatShare(share)}
              </td>
              {hasConversions && (
                <td title={formatCount(figures.conversions)}>{formatShort(figures.conversions)}</td>
              )}
              {hasConversions && full && (
                <td className="max-sm:hidden">{written(cvrOf(figures), formatShare)}</td>
              )}
              {hasConversions && full && (
                <td className="max-sm:hidden">{written(cpaOf(figures), formatMoney)}</td>
              )}
              <td className="pr-1" title={`${formatCount(figures.flagged)} flagged`}>
                <ToFlagged dimension={dimension} value={value} filters={filters} flagged={figures.flagged}>
                  <FraudRate rate={rate} />
                </ToFlagged>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const LOOKS = { normal: 'text-muted', warning: 'text-warn font-medium', critical: 'text-crit font-semibold' };
/** A fraud rate; a mark and not only the colour tells when it is high. `normal` is the look of one that is not. */
export function FraudRate({ rate, normal = LOOKS.normal }: { rate: number; normal?: string }) {
  const status = fraudStatus(rate);
  return (
    <span className={cn('relative whitespace-nowrap', status === 'normal' ? normal : LOOKS[status])}>
      {status !== 'normal' && (
        <>
          <span aria-hidden="true">{status === 'critical' ? '▲ ' : '△ '}</span>
          <span className="sr-only">{status}: </span>
        </>
      )}
      {formatShare(rate)}
    </span>
  );
}
