import { fromDecimal, money, toDecimal } from '@clickledger/contract';

/** Millionths of the currency as text to edit: `250000` is "0.25". */
export const moneyToInput = (micros: number | null): string =>
  micros === null ? '' : toDecimal(money(micros, ''));

/**
 * An amount somebody typed, in millionths. Takes a comma for the decimal point.
 *
 * @throws RangeError with what is wrong with it.
 */
export function moneyFromInput(text: string): number {
  const plain = text.replace(',', '.');
  if (!/^\d+(\.\d{1,6})?$/.test(plain)) throw new RangeError('Enter an amount, e.g. 0.25');
  return Number(fromDecimal(plain, '').micros);
}
