import { bucketStart, type FraudSummaryReply, nextBucket } from '@clickledger/contract';
import { lazy, useMemo } from 'react';
import { NO_FIGURES } from '../../api/questions.js';
import type { Point, SeriesKey } from '../../charts/points.js';
import { datesOf } from '../../lib/dates.js';
import { formatCount } from '../../lib/format.js';
import { loadAgain } from '../../lib/load-again.js';
import type { Range } from '../../lib/range.js';
import { serverNow } from '../../state/now.js';
import { useChangeView } from '../../state/view.js';
import { Late } from '../../ui/Late.js';
import { Panel } from '../../ui/Panel.js';
import { Skeleton } from '../../ui/Skeleton.js';
import { fraudGranularity } from './fraud-queries.js';

const TimeChart = lazy(() => loadAgain(() => import('../../charts/TimeChart.js')));
const HEIGHT_PX = 260;
const SHOWN: readonly SeriesKey[] = ['clicks', 'flagged'];

/** All clicks and the flagged ones over time. Drawing over a part of the chart zooms in. */
export function FraudChart({ summary, range: view }: { summary: FraudSummaryReply; range: Range }) {
  const changeView = useChangeView();
  const granularity = fraudGranularity(view);
  const range = useMemo(() => ({ ...view, granularity }), [view, granularity]);
  const points = useMemo(() => toPoints(summary.series, range), [summary.series, range]);
  const zoom = (fromMs: number, toMs: number) => {
    const startMs = Math.max(range.startMs, bucketStart(fromMs, granularity, range.zone));
    const endMs = nextBucket(bucketStart(toMs, granularity, range.zone), granularity, range.zone);
    void changeView({ choice: { preset: 'custom', fromMs: startMs, toMs: endMs }, granularity: undefined });
  };
  return (
    <Panel
      title={`Flagged by ${granularity}`}
      testId="fraud-chart"
      actions={
        <p className="flex gap-3 text-xs text-muted" aria-hidden="true">
          <Key color="--c-series-clicks">Clicks</Key>
          <Key color="--c-series-flagged">Flagged</Key>
        </p>
      }
    >
      <Late what="The chart" skeleton={<Skeleton className="h-65" />}>
        <TimeChart
          points={points}
          range={range}
          shown={SHOWN}
          summary={`Clicks by ${granularity}, ${datesOf(range.zone).range(range.startMs, range.endMs)}: ${formatCount(summary.clicks)} clicks, ${formatCount(summary.fraud_count)} flagged.`}
          heightPx={HEIGHT_PX}
          onZoom={zoom}
        />
      </Late>
    </Panel>
  );
}

const Key = ({ color, children }: { color: string; children: string }) => (
  <span className="flex items-center gap-1.5">
    <span className="size-2.5 rounded-full" style={{ background: `var(${color})` }} />
    {children}
  </span>
);

function toPoints(series: FraudSummaryReply['series'], range: Range): Point[] {
  const now = serverNow();
  return series.map(({ time_bucket: bucket, clicks, fraud_count: flagged }) => {
    const startMs = Date.parse(bucket);
    const running = nextBucket(startMs, range.granularity, range.zone) > now;
    return {
      ...NO_FIGURES,
      startMs,
      clicks,
      flagged,
      billable: clicks - flagged,
      previous: null,
      state: startMs > now ? 'future' : running ? 'running' : 'over',
    };
  });
}
