import type { BucketSize } from './range.js';

/** Steps between axis labels, in buckets, that fall on times people expect. */
const STEPS: Record<BucketSize, readonly number[]> = {
  minute: [1, 5, 10, 15, 30, 60, 120],
  hour: [1, 2, 3, 6, 12, 24, 48],
  day: [1, 2, 7, 14, 28, 56, 91],
};

/** Place of a bucket among those of its kind in local time, so that labels fall on whole steps. */
function place(ms: number, size: BucketSize): number {
  const date = new Date(ms);
  // Days since 1970 (a Thursday) in local time, moved so that weeks begin on a Monday.
  const dayNumber =
    Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000) + 3;
  if (size === 'day') return dayNumber;
  const hour = date.getHours() + dayNumber * 24;
  return size === 'hour' ? hour : hour * 60 + date.getMinutes();
}

/** Buckets (milliseconds since 1970) to label: at most `countMax`, at round local times where there are some. */
export function pickTicks(buckets: readonly number[], size: BucketSize, countMax: number): number[] {
  for (const step of STEPS[size]) {
    const ticks = buckets.filter((ms) => place(ms, size) % step === 0);
    if (ticks.length <= countMax && ticks.length > 0) return ticks;
  }
  const every = Math.max(1, Math.ceil(buckets.length / countMax));
  return buckets.filter((_, index) => index % every === 0);
}
