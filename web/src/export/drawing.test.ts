import { expect, test } from 'vitest';
import { NO_FIGURES } from '../api/questions.js';
import type { Point } from '../charts/points.js';
import { resolveRange } from '../lib/range.js';
import { drawChart, niceMax, PAPER } from './drawing.js';
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
  [3, 4],
  [17, 20],
  [230, 400],
  [999, 1_000],
])('the axis of %i ends at %i', (max, end) => {
  expect(niceMax(max)).toBe(end);
});
