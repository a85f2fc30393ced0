import { SERIES } from '../charts/points.js';
import { themeColor } from '../charts/uplot-options.js';
import type { Palette, Shape } from './drawing.js';
import { drawPicture, type Picture } from './picture.js';
import { fileName, saveFile } from './save.js';
import { toSvg } from './svg.js';

/** Pixels a point: large enough for a slide. */
const SCALE = 2;

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

type OnScreen = Omit<Picture, 'palette'>;

/** Saves the chart as an SVG file, in the colours on screen. */
export function saveSvg(picture: OnScreen): void {
  const { shapes, size } = drawPicture({ ...picture, palette: screenPalette() });
  const svg = toSvg(shapes, size, themeColor('--c-surface'), SCALE);
  saveFile(`${fileName(picture.range, picture.title)}.svg`, svg, 'image/svg+xml');
}

/** Saves the chart as a PNG file, in the colours on screen. */
export function savePng(picture: OnScreen): void {
  const { shapes, size } = drawPicture({ ...picture, palette: screenPalette() });
  const canvas = document.createElement('canvas');
  canvas.width = size.width * SCALE;
  canvas.height = size.height * SCALE;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(SCALE, SCALE);
  context.fillStyle = themeColor('--c-surface');
  context.fillRect(0, 0, size.width, size.height);
  for (const shape of shapes) draw(context, shape);
  const name = `${fileName(picture.range, picture.title)}.png`;
  canvas.toBlob((blob) => blob && saveFile(name, blob, 'image/png'), 'image/png');
}

const ANCHORS = { start: 'left', middle: 'center', end: 'right' } as const;

function draw(context: CanvasRenderingContext2D, shape: Shape): void {
  if (shape.kind === 'text') {
    context.font = `${shape.bold ? '600 ' : ''}${shape.size}px system-ui, sans-serif`;
    context.textAlign = ANCHORS[shape.anchor];
    context.fillStyle = shape.color;
    context.fillText(shape.text, shape.x, shape.y);
    return;
  }
  context.beginPath();
  for (const [index, [x, y]] of shape.points.entries()) context[index === 0 ? 'moveTo' : 'lineTo'](x, y);
  context.setLineDash(shape.dash ?? []);
  context.lineJoin = 'round';
  context.lineWidth = shape.width;
  context.strokeStyle = shape.color;
  context.stroke();
}
