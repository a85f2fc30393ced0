import { type Point, SERIES, type SeriesKey } from '../charts/points.js';
import { datesOf } from '../lib/dates.js';
import type { Range } from '../lib/range.js';
import { drawChart, type Palette, type Shape } from './drawing.js';

/** What a picture of the chart is about. */
export interface Picture {
  title: string;
  /** In words, one a filter: "Country is Germany". */
  filters: readonly string[];
  points: readonly Point[];
  shown: readonly SeriesKey[];
  range: Range;
  /** What the dotted line is: "previous 30 days"; null when nothing is compared. */
  against: string | null;
  palette: Palette;
  /** ISO 4217: of spend, where that is shown. */
  currency: string;
}

const WIDTH = 800;
const CHART_HEIGHT = 300;
const PAD = 20;
const LINE_HEIGHT = 16;
/** About how wide a letter of the legend is: it is laid out where nothing can be measured. */
const LETTER = 5.6;

/** The chart with what a reader needs who sees nothing else: title, range, filters, legend. In points from the top left. */
export function drawPicture(picture: Picture): { shapes: Shape[]; size: { width: number; height: number } } {
  const { title, filters, points, shown, range, against, palette, currency } = picture;
  const shapes: Shape[] = [];
  const write = (text: string, x: number, y: number, color = palette.muted, size = 11, bold = false) =>
    shapes.push({ kind: 'text', x, y, text, color, size, bold, anchor: 'start' });
  let y = PAD + 14;
  write(title, PAD, y, palette.ink, 17, true);
  for (const line of [
    `${datesOf(range.zone).rangeInYear(range.startMs, range.endMs)} (${range.zone})`,
    ...filters,
  ]) {
    y += LINE_HEIGHT;
    write(line, PAD, y);
  }
  y += LINE_HEIGHT + 6;
  let x = PAD;
  const legend = SERIES.filter(({ key }) => shown.includes(key)).map(({ key, label }) => ({
    label: key === 'spendMicros' ? `${label} (${currency})` : label,
    color: palette.series[key],
    dash: undefined as number[] | undefined,
  }));
  if (against !== null) legend.push({ label: against, color: palette.previous, dash: [2, 2] });
  for (const { label, color, dash } of legend) {
    const line = {
      kind: 'line',
      points: [
        [x, y - 4],
        [x + 16, y - 4],
      ],
      color,
      width: 2.5,
    } as const;
    shapes.push(dash ? { ...line, dash } : line);
    write(label, x + 22, y, palette.ink);
    x += 22 + label.length * LETTER + 18;
  }
  const top = y + 10;
  const chart = drawChart(points, shown, range, { width: WIDTH - 2 * PAD, height: CHART_HEIGHT }, palette);
  shapes.push(...chart.map((shape) => moved(shape, PAD, top)));
  return { shapes, size: { width: WIDTH, height: top + CHART_HEIGHT + PAD } };
}

const moved = (shape: Shape, x: number, y: number): Shape =>
  shape.kind === 'text'
    ? { ...shape, x: shape.x + x, y: shape.y + y }
    : { ...shape, points: shape.points.map(([px, py]) => [px + x, py + y] as const) };
