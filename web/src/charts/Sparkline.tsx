/** Size of the drawing, in its own units; it is stretched to its place. */
const WIDTH = 100;
const HEIGHT = 28;

/** A small line without axes. Decorative: the figure beside it says what counts. */
export function Sparkline({ values, color }: { values: readonly number[]; color: string }) {
  const max = Math.max(...values, 0);
  if (values.length < 2) return <div className="h-7" />;
  const points = values.map(
    (value, index) =>
      `${((index / (values.length - 1)) * WIDTH).toFixed(2)},${(HEIGHT - 1.5 - (Math.max(0, value) / (max || 1)) * (HEIGHT - 3)).toFixed(2)}`,
  );
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-7 w-full overflow-visible"
      aria-hidden="true"
      focusable="false"
    >
      <polygon
        points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`}
        fill={`var(${color})`}
        opacity="0.1"
      />
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke={`var(${color})`}
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
