import { datesOf } from '../../lib/dates.js';
import { formatCompact, formatCount } from '../../lib/format.js';
import type { LiveBar } from './live-window.js';

/** Size of the drawing, in its own units; it is stretched to its place. */
const HEIGHT = 100;
const STEP = 10;
const BAR = 8;

/** The last minutes as bars; flagged clicks at their feet. The running bar is paler: it still grows. */
export function LiveChart({ bars, zone, step }: { bars: readonly LiveBar[]; zone: string; step: string }) {
  const dates = datesOf(zone);
  const most = Math.max(1, ...bars.map(({ clicks }) => clicks));
  const sum = (key: 'clicks' | 'flagged') => bars.reduce((total, bar) => total + bar[key], 0);
  const height = (n: number) => (n / most) * HEIGHT;
  const ticks = [bars[0], bars[Math.floor(bars.length / 2)], bars.at(-1)];
  return (
    <figure>
      <p className="mb-1 text-xs text-muted" aria-hidden="true">
        Peak {formatCompact(most)}/{step === 'minute' ? 'min' : 's'}
      </p>
      <svg
        role="img"
        aria-label={`Clicks by ${step}: ${formatCount(sum('clicks'))}, ${formatCount(sum('flagged'))} flagged. Peak ${formatCount(most)} per ${step}.`}
        viewBox={`0 0 ${bars.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-44 w-full border-b border-line"
        data-testid="live-chart"
        data-clicks={sum('clicks')}
      >
        {bars.map((bar, i) => (
          <g key={bar.startMs} opacity={i === bars.length - 1 ? 0.55 : 1}>
            <title>
              {dates.clock(bar.startMs)}: {formatCount(bar.clicks)} clicks, {formatCount(bar.flagged)} flagged
            </title>
            <rect x={i * STEP} y={0} width={STEP} height={HEIGHT} fill="transparent" />
            <rect
              x={i * STEP + (STEP - BAR) / 2}
              y={HEIGHT - height(bar.clicks)}
              width={BAR}
              height={height(bar.clicks)}
              fill="var(--c-series-clicks)"
            />
            <rect
              x={i * STEP + (STEP - BAR) / 2}
              y={HEIGHT - height(bar.flagged)}
              width={BAR}
              height={height(bar.flagged)}
              fill="var(--c-series-flagged)"
            />
          </g>
        ))}
      </svg>
      <div className="mt-1 flex justify-between text-xs text-muted" aria-hidden="true">
        {ticks.map((bar, i) => (
          <span key={bar?.startMs ?? i}>
            {bar && (step === 'minute' ? dates.tick(bar.startMs, 'minute') : dates.clock(bar.startMs))}
          </span>
        ))}
      </div>
    </figure>
  );
}
