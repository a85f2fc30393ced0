import { useState } from 'react';
import { BREAKDOWN_SHOWN_MAX, useBreakdown, useSummary } from '../api/queries.js';
import type { FilterName } from '../lib/filters.js';
import { formatCount, formatShare } from '../lib/format.js';
import { valueLabel } from '../lib/labels.js';
import { useView } from '../state/view.js';
import { Panel, SkeletonRows } from './Panel.js';

/** Clicks by country, and by device or browser. */
export function Breakdowns() {
  const [second, setSecond] = useState<'device_type' | 'browser'>('device_type');
  const tab = (dimension: typeof second, label: string) => (
    <button
      type="button"
      data-testid={`tab-${dimension}`}
      aria-pressed={second === dimension}
      className="font-semibold text-muted underline-offset-8 decoration-2 decoration-accent aria-pressed:text-ink aria-pressed:underline"
      onClick={() => setSecond(dimension)}
    >
      {label}
    </button>
  );
  return (
    <div className="grid min-w-0 content-start gap-4 md:max-lg:grid-cols-2">
      <Breakdown dimension="country" title="Countries" />
      <Breakdown
        key={second}
        dimension={second}
        title={
          <h2 className="flex gap-4">
            {tab('device_type', 'Devices')}
            {tab('browser', 'Browsers')}
          </h2>
        }
      />
    </div>
  );
}

function Breakdown({
  dimension,
  title,
}: {
  dimension: Exclude<FilterName, 'campaign_id'>;
  title: React.ReactNode;
}) {
  const breakdown = useBreakdown(dimension, BREAKDOWN_SHOWN_MAX);
  const setFilter = useView((view) => view.setFilter);
  const total = useSummary().data?.answer.current.clicks ?? 0;
  return (
    <Panel
      title={title}
      testId={`breakdown-${dimension}`}
      query={breakdown}
      skeleton={<SkeletonRows count={4} />}
    >
      {({ answer }) => (
        <ul className="-mx-1 space-y-1">
          {answer.map((row) => {
            const value = row[dimension] ?? '';
            const label = valueLabel(dimension, value);
            const share = total > 0 ? Math.min(1, row.clicks / total) : 0;
            return (
              <li key={value} data-value={value} data-clicks={row.clicks}>
                <button
                  type="button"
                  className="relative flex h-8 w-full items-center gap-3 overflow-hidden rounded-md px-2 text-sm hover:bg-sunken"
                  title={`${label}: show only these`}
                  onClick={() => setFilter(dimension, value)}
                >
                  <span
                    className="absolute inset-y-0 left-0 rounded-md bg-bar"
                    style={{ width: `${share * 100}%` }}
                    aria-hidden="true"
                  />
                  <span className="relative mr-auto truncate">{label}</span>
                  <span className="relative font-medium">{formatCount(row.clicks)}</span>
                  <span className="relative w-12 text-right text-muted">{formatShare(share)}</span>
                </button>
              </li>
            );
          })}
          {answer.length === 0 && (
            <li className="py-6 text-center text-sm text-muted">No clicks in this range.</li>
          )}
        </ul>
      )}
    </Panel>
  );
}
