import { bucketStart, nextBucket } from '@clickledger/contract';
import { lazy, useEffect, useMemo } from 'react';
import { type Point, SERIES, type SeriesKey, toPoints } from '../charts/points.js';
import { previousLabel } from '../lib/comparison.js';
import { datesOf } from '../lib/dates.js';
import { formatCount } from '../lib/format.js';
import { loadAgain } from '../lib/load-again.js';
import { serverNow } from '../state/now.js';
import { useChangeSearch, useChangeView, useSearchText } from '../state/view.js';
import { Button } from '../ui/Button.js';
import { Late } from '../ui/Late.js';
import { AnswerBody, Panel } from '../ui/Panel.js';
import { Skeleton } from '../ui/Skeleton.js';
import { ChartMenu } from './ChartMenu.js';
import type { PageAnswers, ShownContext } from './context.js';
import { SeriesTable } from './SeriesTable.js';

const loadChart = () => import('../charts/TimeChart.js');
const TimeChart = lazy(() => loadAgain(loadChart));
const HEIGHT_PX = 272;
const SHOWN_DEFAULT: readonly SeriesKey[] = ['clicks', 'billable', 'flagged'];

/** The series chosen in the address (`sort` of names); those of most use otherwise. */
function useShown(): [readonly SeriesKey[], (key: SeriesKey) => void] {
  const text = useSearchText('chart');
  const change = useChangeSearch();
  const shown = useMemo(() => {
    const names = text?.split('.') ?? [];
    const known = SERIES.map(({ key }) => key).filter((key) => names.includes(key));
    return known.length > 0 ? known : SHOWN_DEFAULT;
  }, [text]);
  const toggle = (key: SeriesKey) => {
    // Spend, users and conversions are of another size than counts of clicks: they are shown alone.
    const alone = (one: SeriesKey) => one === 'spendMicros' || one === 'users' || one === 'conversions';
    const next = shown.includes(key)
      ? shown.filter((one) => one !== key)
      : alone(key)
        ? [key]
        : [...shown.filter((one) => !alone(one)), key];
    const same = next.length === 0 || next.toSorted().join() === SHOWN_DEFAULT.toSorted().join();
    void change({ chart: same ? undefined : next.join('.') }, { replace: true });
  };
  return [shown, toggle];
}

/** The figures over time, as a chart or as a table. Drawing over a part of the chart zooms in. */
export function TimeSeries({ answers, context }: { answers: PageAnswers; context: ShownContext }) {
  const { series, previousSeries } = answers;
  const { range } = context;
  // The chart's code comes beside the first answers, not after them. Should it not, it is asked for again when it is needed.
  useEffect(() => void loadChart().catch(() => undefined), []);
  const [shown, toggle] = useShown();
  const asTable = useSearchText('all') === 'table';
  const changeSearch = useChangeSearch();
  const changeView = useChangeView();
  const rows = series?.reply?.data;
  const points = useMemo(
    () => toPoints(rows ?? [], previousSeries?.reply?.data, range, serverNow()),
    [rows, previousSeries?.reply?.data, range],
  );
  const zoom = (fromMs: number, toMs: number) => {
    // Whole minutes, or whole buckets of what is on screen.
    const size = range.granularity;
    const startMs = Math.max(range.startMs, bucketStart(fromMs, size, range.zone));
    const endMs = nextBucket(bucketStart(toMs, size, range.zone), size, range.zone);
    void changeView({ choice: { preset: 'custom', fromMs: startMs, toMs: endMs }, granularity: undefined });
  };

  return (
    <Panel
      title={`By ${range.granularity}`}
      testId="series-panel"
      actions={
        <>
          <Button
            kind="quiet"
            size="small"
            aria-pressed={asTable}
            data-testid="series-as-table"
            onClick={() => changeSearch({ all: asTable ? undefined : 'table' }, { replace: true })}
          >
            Table
          </Button>
          <ChartMenu answers={answers} points={points} context={context} shown={shown} />
        </>
      }
      heading={
        <fieldset className="-ml-2 flex flex-wrap items-center">
          <legend className="sr-only">Lines of the chart</legend>
          {SERIES.filter(({ key }) => key !== 'conversions' || context.hasConversions).map(
            ({ key, label, color }) => (
              <Button
                key={key}
                kind="quiet"
                size="small"
                aria-pressed={shown.includes(key)}
                data-testid={`series-${key}`}
                className="aria-pressed:bg-transparent"
                onClick={() => toggle(key)}
              >
                <span
                  aria-hidden="true"
                  className="size-2.5 rounded-full border-2"
                  style={{
                    borderColor: `var(${color})`,
                    background: shown.includes(key) ? `var(${color})` : 'transparent',
                  }}
                />
                {label}
              </Button>
            ),
          )}
          {context.view.compare.kind !== 'off' && (
            <span className="flex items-center gap-1.5 px-2 text-xs text-muted">
              <span aria-hidden="true" className="w-4 border-t-2 border-dotted border-(--c-previous)" />
              {previousLabel(context.view.choice, context.view.compare)}
            </span>
          )}
        </fieldset>
      }
    >
      <AnswerBody answer={series} what="Clicks over time" skeleton={<ChartSkeleton />}>
        {() =>
          asTable ? (
            <SeriesTable points={points} range={range} hasConversions={context.hasConversions} />
          ) : (
            <Late what="The chart" skeleton={<ChartSkeleton />}>
              <TimeChart
                points={points}
                range={range}
                shown={shown}
                summary={summaryOf(points, context)}
                heightPx={HEIGHT_PX}
                onZoom={zoom}
              />
            </Late>
          )
        }
      </AnswerBody>
    </Panel>
  );
}

/** What the chart shows, in a sentence. */
function summaryOf(points: readonly Point[], { range }: ShownContext): string {
  const dates = datesOf(range.zone);
  const sum = (key: 'clicks' | 'flagged') => points.reduce((total, point) => total + point[key], 0);
  const top = points.reduce<Point | undefined>(
    (most, p) => (most && most.clicks >= p.clicks ? most : p),
    undefined,
  );
  return (
    `Clicks by ${range.granularity}, ${dates.range(range.startMs, range.endMs)}, ${range.zone}: ` +
    `${formatCount(sum('clicks'))} clicks, ${formatCount(sum('flagged'))} flagged` +
    (top && top.clicks > 0
      ? `; most in the ${range.granularity} of ${dates.bucket(top.startMs, range.granularity)} (${formatCount(top.clicks)}).`
      : '.')
  );
}

const ChartSkeleton = () => (
  <div role="status" aria-label="Loading" style={{ height: HEIGHT_PX }}>
    <Skeleton className="h-full" />
  </div>
);
