import { formatBucket, formatCount } from '../lib/format.js';
import type { BucketSize } from '../lib/range.js';
import type { Point } from './series.js';

/** The chart's figures for reading, newest first. */
export function SeriesTable({ points, granularity }: { points: readonly Point[]; granularity: BucketSize }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard.
    <section className="h-64 overflow-auto sm:h-72" tabIndex={0} aria-label="Clicks over time, as a table">
      <table className="w-full text-sm" data-testid="series-table">
        <thead className="sticky top-0 bg-surface text-muted">
          <tr className="text-right *:px-2 *:py-1.5 *:font-normal">
            <th className="text-left">Beginning</th>
            <th>Clicks</th>
            <th>Flagged</th>
            <th>Unique users ≈</th>
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map(({ startMs, clicks, flagged, users }) => (
            <tr key={startMs} className="border-t border-line text-right *:px-2 *:py-1.5">
              <th className="whitespace-nowrap text-left font-normal">
                {formatBucket(startMs, granularity)}
              </th>
              <td>{formatCount(clicks)}</td>
              <td>{formatCount(flagged)}</td>
              <td>{formatCount(users)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
