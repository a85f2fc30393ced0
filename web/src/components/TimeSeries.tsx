import { lazy, Suspense, useState } from 'react';
import { useSeries } from '../api/queries.js';
import { Panel, Skeleton } from './Panel.js';
import { SeriesTable } from './SeriesTable.js';
import { SERIES, type SeriesKey, toPoints } from './series.js';

const SeriesChart = lazy(() => import('./SeriesChart.js'));

/** Clicks over time, as a chart or as a table. */
export function TimeSeries() {
  const series = useSeries();
  const [shown, setShown] = useState<readonly SeriesKey[]>(['clicks', 'flagged']);
  const [asTable, setAsTable] = useState(false);
  const toggle = (key: SeriesKey) =>
    setShown((keys) => (keys.includes(key) ? keys.filter((other) => other !== key) : [...keys, key]));
  const size = series.data?.range.granularity;

  return (
    <Panel
      title={size ? `Clicks by ${size}` : 'Clicks over time'}
      testId="series-panel"
      query={series}
      skeleton={<ChartSkeleton />}
      actions={
        <div className="-mx-2 flex flex-wrap items-center gap-x-1">
          {!asTable &&
            SERIES.map(({ key, label, color }) => (
              <button
                key={key}
                type="button"
                data-testid={`series-${key}`}
                aria-pressed={shown.includes(key)}
                className="flex h-8 items-center gap-1.5 rounded-md px-2 text-sm text-muted hover:bg-sunken aria-pressed:text-ink"
                onClick={() => toggle(key)}
              >
                <span
                  className="size-3 rounded-sm border-2"
                  style={{ borderColor: color, background: shown.includes(key) ? color : 'transparent' }}
                  aria-hidden="true"
                />
                {label}
              </button>
            ))}
          <button
            type="button"
            data-testid="series-as-table"
            aria-pressed={asTable}
            className="h-8 rounded-md px-2 text-sm text-muted underline hover:bg-sunken"
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? 'Chart' : 'Table'}
          </button>
        </div>
      }
    >
      {({ range, answer }) =>
        asTable ? (
          <SeriesTable points={toPoints(answer)} granularity={range.granularity} />
        ) : (
          <Suspense fallback={<ChartSkeleton />}>
            <SeriesChart points={toPoints(answer)} range={range} shown={shown} />
          </Suspense>
        )
      }
    </Panel>
  );
}

function ChartSkeleton() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="h-64 sm:h-72" />
    </div>
  );
}
