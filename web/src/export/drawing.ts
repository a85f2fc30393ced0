import { type Point, SERIES, type SeriesKey } from '../charts/points.js';
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
  },
};

const LEFT = 44;
const BOTTOM = 22;
const TOP = 8;
const GRID_LINES = 4;

/** A round number at or above `max` that divides well by the grid. */
export function niceMax(max: number): number {
  if (max <= GRID_LINES) return GRID_LINES;
  const unit = 10 ** Math.floor(Math.log10(max / GRID_LINES));
  const step = [1, 2, 2.5, 5, 10].find((n) => n * unit * GRID_LINES >= max) ?? 10;
  return step * unit * GRID_LINES;
}

const scaledValue = (key: SeriesKey, figures: Record<SeriesKey, number>) =>
  key === 'spendMicros' ? figures[key] / 1_000_000 : figures[key];

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
  const all = points.flatMap((point) =>
    shown.flatMap((key) => [scaledValue(key, point), point.previous ? scaledValue(key, point.previous) : 0]),
  );
  const max = niceMax(Math.max(1, ...all));
  const x = (index: number) => LEFT + (points.length < 2 ? width / 2 : (index / (points.length - 1)) * width);
  const y = (value: number) => TOP + height - (value / max) * height;
  const shapes: Shape[] = [];
  for (let line = 0; line <= GRID_LINES; line++) {
    const value = (max / GRID_LINES) * line;
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
  const line = (
    key: SeriesKey,
    pick: (point: Point, index: number) => number | null,
    color: string,
    dash?: number[],
  ) => {
    const drawn = points.flatMap((point, index) => {
      const value = pick(point, index);
      return value === null ? [] : [[x(index), y(value)] as const];
    });
    if (drawn.length > 0)
      shapes.push({ kind: 'line', points: drawn, color, width: dash ? 1.1 : 1.6, ...(dash ? { dash } : {}) });
    return key;
  };
  const main = shown[0];
  if (main)
    line(
      main,
      (point) => (point.previous ? scaledValue(main, point.previous) : null),
      palette.previous,
      [2, 2],
    );
  for (const { key } of SERIES.filter((one) => shown.includes(one.key))) {
    line(key, (point) => (point.state === 'over' ? scaledValue(key, point) : null), palette.series[key]);
    line(
      key,
      (point, index) =>
        point.state === 'running' || points[index + 1]?.state === 'running' ? scaledValue(key, point) : null,
      palette.series[key],
      [3, 3],
    );
  }
  return shapes;
}
