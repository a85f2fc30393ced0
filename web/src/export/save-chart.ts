import { type Point, SERIES, type SeriesKey } from '../charts/points.js';
import { themeColor } from '../charts/uplot-options.js';
import type { Range } from '../lib/range.js';
import { drawChart, type Palette } from './drawing.js';
import { fileName, saveFile } from './save.js';
import { toSvg } from './svg.js';

const SIZE = { width: 1_200, height: 420 };

/** The colours on screen. */
function screenPalette(): Palette {
  const series = Object.fromEntries(SERIES.map(({ key, color }) => [key, themeColor(color)]));
  return {
    ink: themeColor('--c-ink'),
    muted: themeColor('--c-muted'),
    line: themeColor('--c-line'),
    previous: themeColor('--c-previous'),
    series: series as Palette['series'],
  };
}

/** Saves the chart as an SVG file. */
export function saveSvg(points: readonly Point[], shown: readonly SeriesKey[], range: Range): void {
  const shapes = drawChart(points, shown, range, SIZE, screenPalette());
  saveFile(`${fileName(range)}.svg`, toSvg(shapes, SIZE, themeColor('--c-surface')), 'image/svg+xml');
}

/** Saves what is on screen as a PNG file, on the theme's background. */
export function savePng(canvas: HTMLCanvasElement, range: Range): void {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d');
  if (!context) return;
  context.fillStyle = themeColor('--c-surface');
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => blob && saveFile(`${fileName(range)}.png`, blob, 'image/png'), 'image/png');
}
