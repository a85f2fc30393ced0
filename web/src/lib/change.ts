import { PERCENT } from './format.js';

/** More than so many times as much says only that there was next to nothing before. */
const TIMES_MAX = 100;

/** The change from one count to another in words: "+12 %"; null when there was nothing to compare with. */
export function relativeChange(current: number, previous: number): string | null {
  if (previous === 0) return null;
  const percent = (current / previous - 1) * 100;
  if (current / previous >= TIMES_MAX) return `>×${TIMES_MAX}`;
  if (percent >= 1_000) return `×${Math.round(current / previous)}`;
  const rounded = Math.abs(percent) < 9.95 ? percent.toFixed(1).replace(/\.0$/, '') : percent.toFixed(0);
  if (rounded === '0' || rounded === '-0') return `±0${PERCENT}`;
  return `${percent > 0 ? '+' : '−'}${rounded.replace('-', '')}${PERCENT}`;
}

/** The change from one share (0 to 1) to another in percentage points: "+1.2 pp". */
export function pointChange(current: number, previous: number): string {
  const points = ((current - previous) * 100).toFixed(1);
  if (points === '0.0' || points === '-0.0') return '±0\u00a0pp';
  return `${points.startsWith('-') ? '−' : '+'}${points.replace('-', '')}\u00a0pp`;
}
