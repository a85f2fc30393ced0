import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import type { Range } from '../lib/range.js';
import { useTheme } from '../state/theme.js';
import { ChartTooltip } from './ChartTooltip.js';
import type { Point, SeriesKey } from './points.js';
import { toColumns, toOptions } from './uplot-options.js';

interface Props {
  points: readonly Point[];
  range: Range;
  shown: readonly SeriesKey[];
  /** Says what the chart shows, for those who do not see it. */
  summary: string;
  heightPx: number;
  /** A part of the chart was drawn over, in milliseconds since 1970. */
  onZoom: (fromMs: number, toMs: number) => void;
}

/** Lines over time, drawn by uPlot (the default export, so that it can be loaded lazily). */
export default function TimeChart({ points, range, shown, summary, heightPx, onZoom }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const dark = useTheme((theme) => theme.dark);
  const [hover, setHover] = useState<{ index: number; left: number } | null>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const shape = `${shown.join()} ${range.granularity} ${range.zone} ${heightPx} ${dark} ${points.length === 1}`;

  // A new look makes a new plot; new figures only change its data.
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(
      toOptions({
        width: element.clientWidth,
        height: heightPx,
        range,
        shown,
        alone: points.length === 1,
        onCursor: (index, left) => setHover(index === null || left < 0 ? null : { index, left }),
        onZoom: (fromMs, toMs) => zoom.current(fromMs, toMs),
      }),
      toColumns(points, shown),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(toColumns(points, shown));
  }, [points, shown]);

  const hovered = hover ? points[hover.index] : undefined;
  return (
    <div
      className="relative"
      data-testid="chart"
      data-granularity={range.granularity}
      data-buckets={points.length}
    >
      <div
        ref={box}
        role="img"
        aria-label={summary}
        className="overflow-hidden"
        style={{ height: heightPx }}
      />
      {hover && hovered && (
        <ChartTooltip
          point={hovered}
          range={range}
          shown={shown}
          leftPx={hover.left + 52}
          widthPx={box.current?.clientWidth ?? 0}
        />
      )}
    </div>
  );
}
