import type { Money } from '@clickledger/contract';

/** What a statement asks to be paid, in whole units of the currency's last digit (cents). */
export interface AmountsDue {
  subtotal: bigint;
  /** Null without a tax rate. */
  tax: bigint | null;
  total: bigint;
}

const MICRO_DIGITS = 6;
/** Percentages have at most three decimals. */
const PERCENT_PARTS = 1_000;

/** The quotient, with half a unit rounded away from zero. `divisor` is positive. */
function roundedQuotient(value: bigint, divisor: bigint): bigint {
  const half = divisor / 2n;
  return value < 0n ? -((-value + half) / divisor) : (value + half) / divisor;
}

/**
 * What is to be paid for a cost: the cost is rounded once, and the tax, on the rounded amount, once.
 *
 * @param cost of a statement
 * @param digits decimals of the currency: 2 for USD, 0 for JPY
 * @param taxPercent with at most three decimals; null: no tax line
 */
export function amountsDue(cost: Money, digits: number, taxPercent: number | null): AmountsDue {
  const subtotal = roundedQuotient(cost.micros, 10n ** BigInt(MICRO_DIGITS - digits));
  if (taxPercent === null) return { subtotal, tax: null, total: subtotal };
  const parts = BigInt(Math.round(taxPercent * PERCENT_PARTS));
  const tax = roundedQuotient(subtotal * parts, BigInt(100 * PERCENT_PARTS));
  return { subtotal, tax, total: subtotal + tax };
}
