import type { Measurement } from '../measure.js';
import { median } from './table.js';

const WIDTH = 760;
const HEIGHT = 360;
const LABEL_HEIGHT = 16;
const MARGIN = { left: 84, right: 170, top: 40, bottom: 48 };
const TITLE = '99th percentile from the intended send time, by clicks offered a second';
const COLORS = ['#2563eb', '#0d9488', '#b45309'];

/** p99 by offered rate, both axes logarithmic, one line a system: an SVG that needs nothing else. */
export function latencyChart(measurements: readonly Measurement[]): string {
  const points = measurements.flatMap(({ system, rate, rounds }) => {
    const p99 = median(rounds.map((round) => round.load.p99));
    return Number.isFinite(p99) ? [{ system, rate, p99 }] : [];
  });
  const rates = points.map(({ rate }) => rate);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const topMs = 10 ** Math.ceil(Math.log10(Math.max(100, ...points.map(({ p99 }) => p99))));
  const x = (rate: number) =>
    MARGIN.left +
    (Math.log(rate / low) / Math.log(Math.max(high / low, 1.01))) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (ms: number) =>
    HEIGHT -
    MARGIN.bottom -
    (Math.log10(Math.max(ms, 1)) / Math.log10(topMs)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = Array.from({ length: Math.log10(topMs) + 1 }, (_, i) => 10 ** i).map(
    (ms) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(ms)}" y2="${y(ms)}" stroke="#d4d4d8"/>` +
      `<text x="${MARGIN.left - 8}" y="${y(ms) + 4}" text-anchor="end">${ms.toLocaleString('en')} ms</text>`,
  );
  const ticks = [...new Set(rates)].map(
    (rate) =>
      `<text x="${x(rate)}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${rate.toLocaleString('en')}</text>`,
  );
  const systems = [...new Set(points.map(({ system }) => system))];
  const ends = systems.flatMap((system) => {
    const last = points.filter((point) => point.system === system).sort((a, b) => b.rate - a.rate)[0];
    return last ? [{ system, x: x(last.rate) + 10, y: y(last.p99) + 4 }] : [];
  });
  const labels = apart(ends);
  const lines = systems.map((system, i) => {
    const mine = points.filter((point) => point.system === system).sort((a, b) => a.rate - b.rate);
    const end = labels.find((one) => one.system === system);
    const color = COLORS[i % COLORS.length];
    const path = mine.map(({ rate, p99 }) => `${x(rate).toFixed(1)},${y(p99).toFixed(1)}`).join(' ');
    const dots = mine
      .map(({ rate, p99 }) => `<circle cx="${x(rate)}" cy="${y(p99)}" r="4" fill="${color}"/>`)
      .join('');
    const label = end
      ? `<text x="${end.x}" y="${end.y}" fill="${color}" font-weight="600">${system}</text>`
      : '';
    return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots}${label}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#3f3f46">
<title id="t">${TITLE}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${MARGIN.left}" y="22" font-size="14" font-weight="600">${TITLE}</text>
${[...grid, ...ticks, ...lines].join('\n')}
</svg>
`;
}

/** Labels that would stand on one another, moved down to stand below each other. */
function apart<T extends { x: number; y: number }>(labels: readonly T[]): T[] {
  const placed: T[] = [];
  for (const label of [...labels].sort((a, b) => a.y - b.y)) {
    const above = placed
      .filter((other) => Math.abs(other.x - label.x) < MARGIN.right)
      .map((other) => other.y);
    placed.push({ ...label, y: Math.max(label.y, ...above.map((y) => y + LABEL_HEIGHT)) });
  }
  return placed;
}
