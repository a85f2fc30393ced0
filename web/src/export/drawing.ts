import { lineWidth, type Point, type SeriesKey, seriesLines } from '../charts/points.js';
import { datesOf } from '../lib/dates.js';
import { formatCompact } from '../lib/format.js';
import type { Range } from '../lib/range.js';

/** Something to draw, in points from the top left. Pictures and the report are made of these. */
export type Shape =
  | {
      kind: 'line';
      points: readonly (readonly [x: number, y: number])[];
      color: string;
      width: number;
      dash?: number[];
    }
  | {
      kind: 'text';
      x: number;
      y: number;
      text: string;
      color: string;
      size: number;
      bold?: boolean;
      anchor: 'start' | 'middle' | 'end';
    };

export interface Palette {
  ink: string;
  muted: string;
  line: string;
  previous: string;
  series: Record<SeriesKey, string>;
}

/** Colours for paper. The same as the light theme's. */
export const PAPER: Palette = {
  ink: '#131a24',
  muted: '#566072',
  line: '#e4e8ee',
  previous: '#a2acba',
  series: {
    clicks: '#4a48d8',
    billable: '#0a8f63',
    flagged: '#d9480f',
    users: '#0b7fa3',
    spendMicros: '#8e3fc4',
    conversions: '#b5367a',
  },
};

const LEFT = 44;
const BOTTOM = 22;
const TOP = 8;
/** Lines on paper are finer than on screen. */
const LINE_SCALE = 0.8;
const GRID_LINES_MAX = 6;

/** Values of the grid's lines, from 0 to the first round one at or above `max`. */
export function gridValues(max: number): number[] {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, max) / GRID_LINES_MAX));
  const step = Math.max(1, ([1, 2, 5, 10].find((n) => n * unit * GRID_LINES_MAX >= max) ?? 10) * unit);
  return Array.from({ length: Math.max(1, Math.ceil(max / step)) + 1 }, (_, line) => line * step);
}

/** A chart of lines over time as shapes; what is still running is dashed. */
export function drawChart(
  points: readonly Point[],
  shown: readonly SeriesKey[],
  range: Range,
  size: { width: number; height: number },
  palette: Palette,
): Shape[] {
  const dates = datesOf(range.zone);
  const width = size.width - LEFT - 8;
  const height = size.height - TOP - BOTTOM;
  const lines = seriesLines(points, shown);
  const all = lines.flatMap(({ before, over, running }) => [...before, ...over, ...running]);
  const grid = gridValues(all.reduce<number>((max, value) => Math.max(max, value ?? 0), 1));
  const max = grid.at(-1) ?? 1;
  const x = (index: number) => LEFT + (points.length < 2 ? width / 2 : (index / (points.length - 1)) * width);
  const y = (value: number) => TOP + height - (value / max) * height;
  const shapes: Shape[] = [];
  for (const value of grid) {
    shapes.push({
      kind: 'line',
      points: [
        [LEFT, y(value)],
        [LEFT + width, y(value)],
      ],
      color: palette.line,
      width: 0.75,
    });
    shapes.push({
      kind: 'text',
      x: LEFT - 6,
      y: y(value) + 3,
      text: formatCompact(value),
      color: palette.muted,
      size: 9,
      anchor: 'end',
    });
  }
  const every = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor(width / 80))));
  for (let index = 0; index < points.length; index += every) {
    const point = points[index];
    if (point)
      shapes.push({
        kind: 'text',
        x: x(index),
        y: size.height - 6,
        text: dates.tick(point.startMs, range.granularity),
        color: palette.muted,
        size: 9,
        anchor: index === 0 ? 'start' : 'middle',
      });
  }
  const line = (values: readonly (number | null)[], color: string, width: number, dash?: number[]) => {
    let run: (readonly [number, number])[] = [];
    for (const [index, value] of values.entries()) {
      if (value === null) run = [];
      else {
        // A gap ends a line; the next value begins another.
        if (run.length === 0)
          shapes.push({ kind: 'line', points: run, color, width, ...(dash ? { dash } : {}) });
        run.push([x(index), y(value)]);
      }
    }
  };
  for (const { before } of lines) line(before, palette.previous, 1.1, [2, 2]);
  for (const { key, over, running } of lines) {
    const width = lineWidth(key, shown) * LINE_SCALE;
    line(over, palette.series[key], width);
    line(running, palette.series[key], width, [3, 3]);
  }
  return shapes;
}
