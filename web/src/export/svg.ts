import type { Shape } from './drawing.js';

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function element(shape: Shape): string {
  if (shape.kind === 'text')
    return `<text x="${shape.x.toFixed(1)}" y="${shape.y.toFixed(1)}" fill="${shape.color}" font-size="${shape.size}" text-anchor="${shape.anchor}"${shape.bold ? ' font-weight="600"' : ''}>${escapeText(shape.text)}</text>`;
  const points = shape.points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const dash = shape.dash ? ` stroke-dasharray="${shape.dash.join(' ')}"` : '';
  return `<polyline points="${points}" fill="none" stroke="${shape.color}" stroke-width="${shape.width}" stroke-linejoin="round"${dash}/>`;
}

/** Shapes as an SVG file. */
export function toSvg(
  shapes: readonly Shape[],
  size: { width: number; height: number },
  background: string,
  scale = 1,
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width * scale}" height="${size.height * scale}" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif">`,
    `<rect width="100%" height="100%" fill="${background}"/>`,
    ...shapes.map(element),
    '</svg>',
  ].join('\n');
}
