import type { Point } from '../charts/points.js';
import { datesOf } from '../lib/dates.js';
import { formatCount, formatMoney } from '../lib/format.js';
import type { Range } from '../lib/range.js';

/** Most rows shown: more cannot be read, and the export has them all. */
const ROWS_MAX = 1_000;

/** The chart's figures for reading, newest first. */
export function SeriesTable({
  points,
  range,
  hasConversions,
}: {
  points: readonly Point[];
  range: Range;
  hasConversions: boolean;
}) {
  const dates = datesOf(range.zone);
  const rows = points.filter(({ state }) => state !== 'future').toReversed();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard.
    <section className="h-[272px] overflow-auto" tabIndex={0} aria-label="Clicks over time, as a table">
      <table className="w-full text-sm" data-testid="series-table">
        <thead className="sticky top-0 bg-surface text-xs text-muted">
          <tr className="text-right *:px-2 *:py-1.5 *:font-medium">
            <th className="text-left">Time</th>
            <th>Clicks</th>
            <th>Billable</th>
            <th>Flagged</th>
            <th>Unique users ≈</th>
            <th>Spend</th>
            {hasConversions && <th>Conversions</th>}
            {hasConversions && <th>Value</th>}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map((point) => (
            <tr key={point.startMs} className="border-t border-line text-right *:px-2 *:py-1.5">
              <th scope="row" className="whitespace-nowrap text-left font-normal">
                {dates.bucket(point.startMs, range.granularity)}
                {point.state === 'running' && <span className="text-muted"> · in progress</span>}
              </th>
              <td>{formatCount(point.clicks)}</td>
              <td>{formatCount(point.billable)}</td>
              <td>{formatCount(point.flagged)}</td>
              <td>{formatCount(point.users)}</td>
              <td>{formatMoney(point.spendMicros)}</td>
              {hasConversions && <td>{formatCount(point.conversions)}</td>}
              {hasConversions && <td>{formatMoney(point.valueMicros)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
