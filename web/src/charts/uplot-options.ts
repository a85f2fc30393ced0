import uPlot from 'uplot';
import { datesOf } from '../lib/dates.js';
import { formatCompact } from '../lib/format.js';
import type { Range } from '../lib/range.js';
import { inDrawingOrder, lineWidth, type Point, SERIES, type SeriesKey, seriesLines } from './points.js';

/** A CSS variable of the theme on screen. */
export const themeColor = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The columns uPlot draws: times in seconds; then for each shown series the period before, what is over, and what is running. */
export const toColumns = (points: readonly Point[], shown: readonly SeriesKey[]): uPlot.AlignedData => [
  points.map(({ startMs }) => startMs / 1_000),
  ...seriesLines(points, shown).flatMap(({ before, over, running }) => [before, over, running]),
];

interface ChartOptions {
  width: number;
  height: number;
  range: Range;
  shown: readonly SeriesKey[];
  /** Points whose line would otherwise be invisible get a dot. */
  alone: boolean;
  onCursor: (index: number | null, left: number) => void;
  onZoom: (fromMs: number, toMs: number) => void;
}

const FONT = '12px ui-sans-serif, system-ui, sans-serif';

/** uPlot's options for a time chart in the theme on screen. */
export function toOptions(options: ChartOptions): uPlot.Options {
  const { width, height, range, shown, alone, onCursor, onZoom } = options;
  const dates = datesOf(range.zone);
  const line = themeColor('--c-line');
  const axis = { stroke: themeColor('--c-muted'), font: FONT, ticks: { show: false } };
  const series = inDrawingOrder(shown).flatMap((key): uPlot.Series[] => {
    const color = themeColor(SERIES.find((one) => one.key === key)?.color ?? '');
    const points = { show: alone, size: 6, fill: color };
    return [
      { stroke: themeColor('--c-previous'), width: 1.25, dash: [2, 3], points: { show: false } },
      {
        stroke: color,
        width: lineWidth(key, shown),
        points,
        ...(key === shown[0] && shown.length < 4 ? { fill: `${color}1c` } : {}),
      },
      { stroke: color, width: lineWidth(key, shown), dash: [4, 4], points },
    ];
  });
  return {
    width,
    height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), range.zone),
    legend: { show: false },
    padding: [8, 28, 0, 0],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false, dist: 6 },
    },
    scales: {
      x: { time: true },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 84,
        values: (_, splits) => splits.map((seconds) => dates.tick(seconds * 1_000, range.granularity)),
      },
      {
        ...axis,
        grid: { stroke: line, width: 1 },
        size: 52,
        space: 42,
        incrs: [0.01, 0.05, 0.1, 0.5]
          .filter(() => shown.includes('spendMicros'))
          .concat(Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat()),
        values: (_, splits) => splits.map(formatCompact),
      },
    ],
    series: [{}, ...series],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null, plot.cursor.left ?? 0)],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < 6) return;
          const at = (px: number) => Math.round(plot.posToVal(px, 'x') * 1_000);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onZoom(at(left), at(left + selected));
        },
      ],
    },
  };
}
