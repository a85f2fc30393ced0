import type { AttributionModel } from '@clickledger/contract';
import { split } from './split.js';

const DAY_MS = 86_400_000;
/** The weight of the newest click under time decay: as fine as a floating-point number tells apart. */
const NEWEST_WEIGHT_BITS = 52;
/** One conversion in whole parts: shares of it are exact to a millionth, as money is. */
export const CONVERSION_PARTS = 1_000_000n;

/** What a click has of a conversion. */
export interface Share {
  /** In millionths of a conversion. */
  conversionMicros: bigint;
  /** In millionths of a unit of the conversion's currency. */
  valueMicros: bigint;
}

export interface ModelOptions {
  model: AttributionModel;
  /** Of `time_decay`: a click that is so much older than the last one counts half as much. */
  halfLifeDays: number;
}

/**
 * How much each click of a path counts, in proportion.
 *
 * @param clickedAtMs times of the clicks, the oldest first; at least one
 */
function weightsOf({ model, halfLifeDays }: ModelOptions, clickedAtMs: readonly number[]): bigint[] {
  const last = clickedAtMs.length - 1;
  const newestMs = clickedAtMs[last] ?? 0;
  const weightOf = (ms: number, index: number): bigint => {
    switch (model) {
      case 'first_click':
        return index === 0 ? 1n : 0n;
      case 'last_click':
        return index === last ? 1n : 0n;
      case 'linear':
        return 1n;
      case 'position_based': {
        // 40 : 20 / between : 40, in whole numbers. One or two clicks share it alike.
        const between = last - 1;
        return between > 0 && (index === 0 || index === last) ? BigInt(2 * between) : 1n;
      }
      case 'time_decay':
        return BigInt(Math.round(2 ** (NEWEST_WEIGHT_BITS - (newestMs - ms) / (halfLifeDays * DAY_MS))));
    }
  };
  return clickedAtMs.map(weightOf);
}

/**
 * Shares a conversion among the clicks of its path: the parts sum to one conversion and to its value exactly.
 *
 * @param clickedAtMs times of the clicks, the oldest first
 * @param valueMicros of the conversion, of any sign
 * @throws RangeError for a path without a click
 */
export function shareConversion(
  options: ModelOptions,
  clickedAtMs: readonly number[],
  valueMicros: bigint,
): Share[] {
  const weights = weightsOf(options, clickedAtMs);
  const values = split(valueMicros, weights);
  return split(CONVERSION_PARTS, weights).map((conversionMicros, index) => ({
    conversionMicros,
    valueMicros: values[index] ?? 0n,
  }));
}
