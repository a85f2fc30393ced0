import {
  type AskedRange,
  type BucketSize,
  type Compared,
  comparedWith,
  isMidnight,
  resolveRange as resolveToken,
  type Span,
} from '@clickledger/contract';
import { COMPARE_DEFAULT, type Comparison } from './comparison.js';
import { askedRange, PRESETS, type RangeChoice } from './presets.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A range as it is now: whole buckets, the running one included, so that everybody who looks at it asks the same. */
export interface Range extends Span, Compared {
  /** How it is asked for: by a token, which the server resolves, while it moves with the clock. */
  asked: AskedRange;
  granularity: BucketSize;
  zone: string;
}

/** Most points a chart is asked to draw; the API allows more. */
const BUCKETS_MAX = 10_000;
/** Ranges up to these lengths are drawn by the minute and by the hour unless another size is chosen. */
const BY_MINUTE_MS_MAX = 6 * HOUR_MS;
const BY_HOUR_MS_MAX = 16 * DAY_MS;

const SIZE_MS: Record<BucketSize, number> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };
const SIZES: readonly BucketSize[] = ['minute', 'hour', 'day'];

/** Bucket sizes that suit a length: at least two buckets, and no more than a chart can draw. */
export function granularitiesFor(lengthMs: number): BucketSize[] {
  const fitting = SIZES.filter((size) => {
    const buckets = lengthMs / SIZE_MS[size];
    return buckets >= 2 && buckets <= BUCKETS_MAX;
  });
  return fitting.length > 0 ? fitting : ['minute'];
}

/** The bucket size for a range of this length in milliseconds. */
export function granularityFor(lengthMs: number): BucketSize {
  if (lengthMs <= BY_MINUTE_MS_MAX) return 'minute';
  return lengthMs <= BY_HOUR_MS_MAX ? 'hour' : 'day';
}

/** The range of a choice at a time. `chosen` is a bucket size; one that does not suit the length is not taken. */
export function resolveRange(
  choice: RangeChoice,
  nowMs: number,
  zone: string,
  chosen?: BucketSize,
  comparison: Comparison = COMPARE_DEFAULT,
): Range {
  const asked = askedRange(choice);
  const spanBy = (size: BucketSize) =>
    typeof asked === 'string' ? resolveToken(asked, nowMs, size, zone) : asked;
  const rough = spanBy('minute');
  const lengthMs = rough.endMs - rough.startMs;
  const named = choice.preset === 'custom' ? granularityFor(lengthMs) : PRESETS[choice.preset].granularity;
  const suits = chosen !== undefined && granularitiesFor(lengthMs).includes(chosen);
  const granularity = suits ? chosen : named;
  const span = spanBy(granularity);
  return { asked, ...span, granularity, zone, ...comparedTo(comparison, asked, span, nowMs, zone) };
}

function comparedTo(
  comparison: Comparison,
  asked: AskedRange,
  span: Span,
  nowMs: number,
  zone: string,
): Compared {
  if (comparison.kind !== 'custom')
    return comparedWith(asked, comparison.kind === 'year' ? 'year' : 'period', span, nowMs, zone);
  const previous = { startMs: comparison.fromMs, endMs: comparison.toMs };
  const byClock = isMidnight(span.startMs, zone) && isMidnight(previous.startMs, zone);
  return { previous, previousEndMs: previous.endMs, byClock };
}
