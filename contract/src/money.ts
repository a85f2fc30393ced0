/** An amount of money: a whole number of millionths of one unit of its currency. Never a floating-point number. */
export interface Money {
  readonly micros: bigint;
  /** ISO 4217. */
  readonly currency: string;
}

/** What the API says of an amount. Both are of the account's currency. */
export interface AmountFields {
  /** In millionths. Beyond 2^53 − 1 JSON's numbers are not exact any more: then it is the nearest one. */
  cost_micros: number;
  /** In units, as decimal text such as `-12.5`: exact at any size. */
  cost: string;
}

const MICROS_PER_UNIT = 1_000_000n;
const DECIMALS = 6;

/**
 * @param micros text as PostgreSQL writes a whole number, or a whole number that is exact
 * @throws RangeError when it is not whole, or a number beyond 2^53 − 1
 */
export function money(micros: bigint | number | string, currency: string): Money {
  if (typeof micros === 'number' && !Number.isSafeInteger(micros))
    throw new RangeError('Not an exact amount');
  if (typeof micros === 'string' && !/^-?\d+$/.test(micros)) throw new RangeError('Not a whole amount');
  return { micros: BigInt(micros), currency };
}

/** @throws RangeError when an amount is of another currency: nothing is converted. */
export function sumOfMoney(amounts: readonly Money[], currency: string): Money {
  let micros = 0n;
  for (const amount of amounts) {
    if (amount.currency !== currency)
      throw new RangeError(`${amount.currency} can not be added to ${currency}`);
    micros += amount.micros;
  }
  return { micros, currency };
}

/** A price, so many times. */
export const timesCount = (price: Money, count: number): Money => ({
  micros: price.micros * BigInt(count),
  currency: price.currency,
});

/**
 * A price of 1,000, so many times; to the nearest millionth, half away from zero. The only amount that is rounded: a line of a bill, once.
 */
export function perThousand(price: Money, count: number): Money {
  const thousandths = price.micros * BigInt(count);
  const half = thousandths < 0n ? -500n : 500n;
  return { micros: (thousandths + half) / 1_000n, currency: price.currency };
}

/** In units, with every digit there is and no more: `12.5`, `-0.000001`, `3`. */
export function toDecimal({ micros }: Money): string {
  const size = micros < 0n ? -micros : micros;
  const fraction = String(size % MICROS_PER_UNIT)
    .padStart(DECIMALS, '0')
    .replace(/0+$/, '');
  return `${micros < 0n ? '-' : ''}${size / MICROS_PER_UNIT}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * The amount that decimal text says, such as the API's `cost`.
 *
 * @throws RangeError when it is none, or finer than a millionth
 */
export function fromDecimal(text: string, currency: string): Money {
  const [, sign, units, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (units === undefined) throw new RangeError('Expected an amount such as 0.25');
  const micros = BigInt(units) * MICROS_PER_UNIT + BigInt(fraction.padEnd(DECIMALS, '0'));
  return { micros: sign === '-' ? -micros : micros, currency };
}

export const toAmountFields = (amount: Money): AmountFields => ({
  cost_micros: Number(amount.micros),
  cost: toDecimal(amount),
});
