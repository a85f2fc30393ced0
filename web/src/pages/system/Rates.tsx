import type { StatsReply } from '@clickledger/contract';
import { Sparkline } from '../../charts/Sparkline.js';
import { cn } from '../../lib/cn.js';
import { formatCount, formatMs, formatSeconds } from '../../lib/format.js';

/** Lag from which clicks are no longer seen within the promised 5 s, in seconds. */
const LAG_SECONDS_MAX = 5;

/** The figures that tell first when something is wrong, with their last minutes. */
export function Rates({ stats, history }: { stats: StatsReply; history: readonly StatsReply[] }) {
  const { throughput, latency, queue, lag } = stats;
  const full = queue.depth >= queue.depth_max / 2;
  const late = lag.seconds > LAG_SECONDS_MAX;
  return (
    <section
      className="card grid grid-cols-2 divide-line max-lg:gap-y-2 lg:grid-cols-4 lg:divide-x"
      aria-label="Rates"
    >
      <Rate
        label="Clicks per second"
        testId="rate-clicks"
        value={formatCount(Math.round(throughput.clicks_per_second))}
        note="10 s average"
        values={history.map((one) => one.throughput.clicks_per_second)}
        color="--c-series-clicks"
      />
      <Rate
        label="Time to commit"
        testId="rate-latency"
        value={latency.ingest ? formatMs(latency.ingest.p50_ms) : '–'}
        note={
          latency.ingest
            ? `p99 ${formatMs(latency.ingest.p99_ms)}`
            : throughput.clicks_per_second > 0
              ? 'imports are not timed'
              : 'no clicks in the last minute'
        }
        values={history.map((one) => one.latency.ingest?.p50_ms ?? 0)}
        color="--c-series-users"
      />
      <Rate
        label="Queue"
        testId="rate-queue"
        value={formatCount(queue.depth)}
        note={`of ${formatCount(queue.depth_max)}${full ? ', nearly full' : ''}`}
        warn={full}
        values={history.map((one) => one.queue.depth)}
        color="--c-series-spend"
      />
      <Rate
        label="Reporting lag"
        testId="rate-lag"
        value={formatSeconds(lag.seconds)}
        note={`${formatCount(lag.rows)} pending${late ? ', delayed' : ''}`}
        warn={late}
        values={history.map((one) => one.lag.seconds)}
        color="--c-series-billable"
      />
    </section>
  );
}

interface RateProps {
  label: string;
  testId: string;
  value: string;
  note: string;
  warn?: boolean;
  values: readonly number[];
  color: string;
}

const Rate = ({ label, testId, value, note, warn, values, color }: RateProps) => (
  <div className="min-w-0 p-4" data-testid={testId}>
    <p className="text-sm text-muted">{label}</p>
    <p className="mt-0.5 flex flex-wrap items-baseline gap-x-2">
      <span className="text-2xl font-semibold tracking-tight">{value}</span>
      <span className={cn('text-xs text-muted', warn && 'font-medium text-warn')}>{note}</span>
    </p>
    <div className="mt-2">
      <Sparkline values={values} color={color} />
    </div>
  </div>
);
