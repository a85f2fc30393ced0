import type { TimeToConvertReply } from '@clickledger/contract';
import type { Bin } from '../../charts/Histogram.js';

type Bucket = TimeToConvertReply['buckets'][number];
const UNITS = [
  ['s', 1, 60],
  ['min', 60, 3_600],
  ['h', 3_600, 86_400],
  ['days', 86_400, Number.POSITIVE_INFINITY],
] as const;

/** "1–5 min", "30 s–1 min", "over 60 days": of two ends in one unit, the unit stands once. */
export function spanLabel({ from_seconds: from, to_seconds: to }: Omit<Bucket, 'conversions'>): string {
  const [unit, size] = UNITS.find(([, , end]) => (to ?? from) <= end) ?? UNITS[3];
  if (to === null) return `over ${from / size} ${unit}`;
  if (from === 0) return `under ${to / size} ${unit}`;
  const [low, lowSize] = UNITS.find(([, , end]) => from < end) ?? UNITS[3];
  const start = low === unit ? `${from / size}` : `${from / lowSize} ${low}`;
  return `${start}–${to / size} ${unit}`;
}

/** The bins of a histogram; the longest times that no conversion took are left out. */
export function binsOf(buckets: readonly Bucket[]): Bin[] {
  const last = buckets.findLastIndex(({ conversions }) => conversions > 0);
  return buckets
    .slice(0, last + 1)
    .map((bucket) => ({ label: spanLabel(bucket), count: bucket.conversions }));
}
