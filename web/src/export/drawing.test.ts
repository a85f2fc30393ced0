import { expect, test } from 'vitest';
import { NO_FIGURES } from '../api/questions.js';
import type { Point } from '../charts/points.js';
import { resolveRange } from '../lib/range.js';
import { drawChart, gridValues, PAPER } from './drawing.js';
import { drawPicture } from './picture.js';
import { toSvg } from './svg.js';

const range = resolveRange({ preset: '24h' }, Date.UTC(2026, 10, 24, 9, 30), 'UTC');
const points = Array.from(
  { length: 24 },
  (_, index): Point => ({
    ...NO_FIGURES,
    startMs: range.startMs + index * 3_600_000,
    clicks: index * 10,
    previous: null,
    state: index === 23 ? 'running' : 'over',
  }),
);
const size = { width: 800, height: 300 };

test('a picture has every point inside its frame, and what is running dashed', () => {
  const shapes = drawChart(points, ['clicks'], range, size, PAPER);
  const lines = shapes.flatMap((shape) =>
    shape.kind === 'line' && shape.color === PAPER.series.clicks ? [shape] : [],
  );
  expect(lines.map(({ points: drawn, dash }) => [drawn.length, dash !== undefined])).toEqual([
    [23, false],
    [2, true],
  ]);
  for (const [x, y] of lines.flatMap((line) => line.points)) {
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThanOrEqual(size.width);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThanOrEqual(size.height);
  }
});

test('text in a picture cannot become markup', () => {
  const svg = toSvg(
    [{ kind: 'text', x: 0, y: 0, text: '<script>&"', color: '#000', size: 9, anchor: 'start' }],
    size,
    '#fff',
  );
  expect(svg).toContain('&lt;script&gt;&amp;&quot;');
});

test.each([
  [3, 3, 4],
  [17, 20, 5],
  [230, 250, 6],
  [999, 1_000, 6],
  [4_400, 5_000, 6],
])('the axis of %i ends at %i, with %i lines', (max, end, lines) => {
  const grid = gridValues(max);
  expect([grid.at(-1), grid.length]).toEqual([end, lines]);
});

test('a line ends at a gap, and is not drawn across it', () => {
  const flagged = points.map((point, i) => ({ ...point, flagged: i === 5 || i === 15 ? 3 : 0 }));
  const lines = drawChart(flagged, ['flagged'], range, size, PAPER).flatMap((shape) =>
    shape.kind === 'line' && shape.color === PAPER.series.flagged ? [shape.points.length] : [],
  );
  expect(lines).toEqual([3, 3]);
});

test('a picture says what it shows: title, range with its zone, filters, a legend', () => {
  const { shapes, size: whole } = drawPicture({
    title: 'Overview',
    filters: ['Country is Germany'],
    points,
    shown: ['clicks', 'billable'],
    range,
    against: 'previous 24 hours',
    palette: PAPER,
    currency: 'USD',
  });
  const texts = shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));
  for (const text of ['Overview', 'Country is Germany', 'Clicks', 'Billable', 'previous 24 hours'])
    expect(texts).toContain(text);
  expect(texts.some((text) => text.includes('(UTC)'))).toBe(true);
  for (const shape of shapes) {
    const all = shape.kind === 'text' ? [[shape.x, shape.y] as const] : shape.points;
    for (const [x, y] of all) expect(x >= 0 && x <= whole.width && y >= 0 && y <= whole.height).toBe(true);
  }
});
