import { FraudRate } from '../../analytics/BreakdownRows.js';
import { formatCount } from '../../lib/format.js';
import { fraudRate } from '../../lib/fraud.js';
import { type LiveWindow, toBars } from './live-window.js';

const SECONDS_OF_RATE = 10;

/** What happens now, in figures. */
export function LiveFigures({ window, nowMs }: { window: LiveWindow; nowMs: number }) {
  // The running second is not over, so it would pull a rate down.
  const recent = toBars(window.seconds, nowMs - 1_000, 1, SECONDS_OF_RATE);
  const [minute] = toBars(window.seconds, nowMs, 60, 1);
  const all = toBars(window.seconds, nowMs, 60, 30);
  const sum = (key: 'clicks' | 'flagged') => all.reduce((total, bar) => total + bar[key], 0);
  const perSecond = recent.reduce((total, { clicks }) => total + clicks, 0) / SECONDS_OF_RATE;
  const figures = [
    ['Clicks per second', perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond))],
    ['This minute', formatCount(minute?.clicks ?? 0)],
    ['Last 30 minutes', formatCount(sum('clicks'))],
    ['Fraud rate', <FraudRate key="rate" rate={fraudRate(sum('flagged'), sum('clicks'))} />],
  ] as const;
  return (
    <dl
      className="card mb-4 grid grid-cols-2 divide-line lg:grid-cols-4 lg:divide-x"
      data-testid="live-figures"
    >
      {figures.map(([label, value]) => (
        <div key={label} className="px-4 py-3">
          <dt className="text-sm text-muted">{label}</dt>
          <dd className="text-2xl font-semibold tracking-tight">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
