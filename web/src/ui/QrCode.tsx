import { useMemo } from 'react';
import { encode } from 'uqr';

/** The dark squares of a text's QR code as the path of an SVG, and the width of the code, both in squares. */
export function qrPath(text: string, border: number): { path: string; size: number } {
  const { data, size } = encode(text, { border });
  const path = data
    .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join('');
  return { path, size };
}

/** A QR code, dark on light in both themes: apps read it best so. `border`: the empty squares around it. */
export function QrCode({ text, label, border = 2 }: { text: string; label: string; border?: number }) {
  const { path, size } = useMemo(() => qrPath(text, border), [text, border]);
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      className="size-44 rounded-lg bg-white"
      role="img"
      aria-label={label}
    >
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
