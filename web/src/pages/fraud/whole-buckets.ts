import { nextBucket } from '@clickledger/contract';
import type { Range } from '../../lib/range.js';
import { serverNow } from '../../state/now.js';
import { fraudGranularity } from './fraud-queries.js';

/** The buckets that are over, for small lines: a running one would look like a fall. */
export const wholeBuckets = <Bucket extends { time_bucket: string }>(
  series: readonly Bucket[],
  range: Range,
): Bucket[] =>
  series.filter(
    ({ time_bucket: bucket }) =>
      nextBucket(Date.parse(bucket), fraudGranularity(range), range.zone) <= serverNow(),
  );
