import { useState } from 'react';
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import {
  formatBucket,
  formatCompact,
  formatCount,
  formatRange,
  formatTick,
  timeZone,
} from '../lib/format.js';
import type { Range } from '../lib/range.js';
import { pickTicks } from '../lib/ticks.js';
import { type Point, SERIES, type SeriesKey } from './series.js';

/** Room a label of the time axis needs, in pixels. */
const TICK_WIDTH_PX = 90;
const WIDTH_BEFORE_LAYOUT_PX = 900;

interface Props {
  points: readonly Point[];
  range: Range;
  shown: readonly SeriesKey[];
}

/**
 * The chart (the default export, so that it can be loaded lazily). The last bucket of a range that ends within it is drawn
 * dashed, since it is not complete.
 */
export default function SeriesChart({ points, range, shown }: Props) {
  const [widthPx, setWidthPx] = useState(WIDTH_BEFORE_LAYOUT_PX);
  const last = points.at(-1);
  const sizeMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }[range.granularity];
  const open = last !== undefined && points.length > 1 && range.endMs < last.startMs + sizeMs;
  const data = points.map((point, index) => ({
    ...point,
    ...Object.fromEntries(
      SERIES.flatMap(({ key }) => [
        [`${key}Whole`, open && index === points.length - 1 ? null : point[key]],
        [`${key}Open`, open && index >= points.length - 2 ? point[key] : null],
      ]),
    ),
  }));
  const ticks = pickTicks(
    points.map(({ startMs }) => startMs),
    range.granularity,
    Math.max(2, Math.floor(widthPx / TICK_WIDTH_PX)),
  );
  const total = points.reduce((sum, { clicks }) => sum + clicks, 0);
  const flagged = points.reduce((sum, point) => sum + point.flagged, 0);
  const most = points.reduce<Point | undefined>(
    (top, p) => (top && top.clicks >= p.clicks ? top : p),
    undefined,
  );
  const summary =
    `Clicks by ${range.granularity}, ${formatRange(range.startMs, range.endMs)}, ${timeZone}: ` +
    `${formatCount(total)} clicks, ${formatCount(flagged)} flagged` +
    (most && most.clicks > 0
      ? `; most in the ${range.granularity} of ${formatBucket(most.startMs, range.granularity)} (${formatCount(most.clicks)}).`
      : '.');

  return (
    <div
      role="img"
      aria-label={summary}
      data-testid="chart"
      data-granularity={range.granularity}
      data-buckets={points.length}
      className="h-64 sm:h-72"
    >
      <ResponsiveContainer width="100%" height="100%" onResize={setWidthPx}>
        <ComposedChart
          data={data}
          margin={{ top: 8, right: 12, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid stroke="var(--c-line)" vertical={false} />
          <XAxis
            dataKey="startMs"
            type="number"
            scale="time"
            domain={['dataMin', 'dataMax']}
            ticks={ticks}
            tickFormatter={(ms: number) => formatTick(ms, range.granularity)}
            interval="preserveStart"
            minTickGap={16}
            tick={{ fill: 'var(--c-muted)', fontSize: 12 }}
            tickLine={false}
            axisLine={{ stroke: 'var(--c-line)' }}
            tickMargin={8}
          />
          <YAxis
            width={44}
            allowDecimals={false}
            domain={[0, 'auto']}
            tickFormatter={formatCompact}
            tick={{ fill: 'var(--c-muted)', fontSize: 12 }}
            tickLine={false}
            axisLine={false}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: 'var(--c-control)', strokeDasharray: '3 3' }}
            content={({ active, label }) => {
              const point = active ? points.find(({ startMs }) => startMs === Number(label)) : undefined;
              return point ? (
                <PointTooltip point={point} range={range} open={open && point === last} />
              ) : null;
            }}
          />
          {SERIES.filter(({ key }) => shown.includes(key)).map(({ key, color }) => (
            <Area
              key={key}
              dataKey={`${key}Whole`}
              type="linear"
              stroke={color}
              strokeWidth={2}
              fill={color}
              fillOpacity={key === 'users' ? 0 : 0.12}
              dot={points.length === 1 ? { r: 3, fill: color } : false}
              activeDot={{ r: 4 }}
              isAnimationActive={false}
            />
          ))}
          {open &&
            SERIES.filter(({ key }) => shown.includes(key)).map(({ key, color }) => (
              <Line
                key={key}
                dataKey={`${key}Open`}
                type="linear"
                stroke={color}
                strokeWidth={2}
                strokeDasharray="3 4"
                dot={false}
                activeDot={{ r: 4 }}
                isAnimationActive={false}
              />
            ))}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

function PointTooltip({ point, range, open }: { point: Point; range: Range; open: boolean }) {
  return (
    <div className="card px-3 py-2 text-sm shadow-lg" data-testid="chart-tooltip">
      <p className="font-medium">{formatBucket(point.startMs, range.granularity)}</p>
      {open && <p className="text-xs text-muted">so far</p>}
      <dl className="mt-1">
        {SERIES.map(({ key, label, color }) => (
          <div key={key} className="flex items-center gap-2">
            <span className="size-2.5 rounded-sm" style={{ background: color }} aria-hidden="true" />
            <dt className="text-muted">{label}</dt>
            <dd className="ml-auto pl-4 font-medium">{formatCount(point[key])}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
