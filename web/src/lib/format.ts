import { type Money, toDecimal } from '@clickledger/contract';

/** Locale of the browser; numbers follow it. */
const locale = typeof navigator === 'undefined' ? 'en' : navigator.language;
/** Words are English, so dates are too, in the reader's own kind of English where there is one. */
const english = locale.startsWith('en') ? locale : 'en-GB';

const integers = new Intl.NumberFormat(locale);
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const oneDigit = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

interface MoneyFormats {
  plain: Intl.NumberFormat;
  exact: Intl.NumberFormat;
  compact: Intl.NumberFormat;
}
const known = new Map<string, MoneyFormats>();
/** Amounts of one currency (ISO 4217), with as many decimals as it has. */
function formatsOf(currency: string): MoneyFormats {
  const formats = known.get(currency) ?? makeFormats(currency);
  known.set(currency, formats);
  return formats;
}
function makeFormats(currency: string): MoneyFormats {
  const style = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const;
  return {
    plain: new Intl.NumberFormat(locale, style),
    exact: new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: 6 }),
    // Both: what the fewest are without being told differs between versions of ICU.
    compact: new Intl.NumberFormat(locale, {
      ...style,
      notation: 'compact',
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    }),
  };
}
const CURRENCY_DEFAULT = 'USD';
let money = formatsOf(CURRENCY_DEFAULT);
/** From now on amounts are of this currency. */
export function setMoneyFormat(currency: string): void {
  money = formatsOf(currency);
}

/** `1234567` as "1,234,567". */
export const formatCount = (n: number): string => integers.format(n);

/** `1234567` as "1.2M". */
export const formatCompact = (n: number): string => compact.format(n);

/** Counts up to five digits in full, larger ones as "1.2M": for cards and table cells, with the full one on hover. */
export const formatShort = (n: number): string => (Math.abs(n) < 100_000 ? formatCount(n) : formatCompact(n));

/** An amount: of its own currency, or in millionths of the account's. */
type Amount = Money | number;

/** In units, as Intl takes it: whole millionths as decimal text, so that no digit is lost on the way. */
function unitsOf(amount: Amount): number {
  if (typeof amount === 'number' && !Number.isInteger(amount)) return amount / 1_000_000;
  const whole = typeof amount === 'number' ? { micros: BigInt(amount), currency: '' } : amount;
  // Intl takes decimal text as well (ECMA-402, 2023), which its types do not know yet.
  return toDecimal(whole) as unknown as number;
}
const formatsFor = (amount: Amount): MoneyFormats =>
  typeof amount === 'number' ? money : formatsOf(amount.currency);

/** "$12.50" */
export const formatMoney = (amount: Amount): string => formatsFor(amount).plain.format(unitsOf(amount));
/** The same with every digit there is. */
export const formatMoneyExact = (amount: Amount): string => formatsFor(amount).exact.format(unitsOf(amount));
/** A cost per click: "$0.095". Whole, since whoever reads it quotes and multiplies it. */
export const formatPrice = formatMoneyExact;
/** Amounts from 100,000 on as "$1.2M". */
export function formatMoneyShort(amount: Amount): string {
  const { compact, plain } = formatsFor(amount);
  const size = typeof amount === 'number' ? Math.abs(amount) : Math.abs(Number(amount.micros));
  return (size < 100_000_000_000 ? plain : compact).format(unitsOf(amount));
}

/** A share from 0 to 1 as "4.2%"; small ones keep a figure instead of becoming 0. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return `<${oneDigit.format(0.1)}%`;
  return `${percent >= 99.95 || percent === 0 ? integers.format(Math.round(percent)) : oneDigit.format(percent)}%`;
}
/** The same with every digit that means something. */
export const formatShareExact = (share: number): string =>
  `${new Intl.NumberFormat(locale, { maximumFractionDigits: 4 }).format(share * 100)}%`;

/** A figure as `write` has it; a dash where there is none. */
export const written = (value: number | null, write: (value: number) => string): string =>
  value === null ? '–' : write(value);

const twoDigits = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** A return for each unit spent: "3.20×". */
export const formatTimes = (ratio: number): string => `${twoDigits.format(ratio)}×`;

/** A duration in seconds: "0.4 s", "12 s", "3 min", "2.5 h", "9.4 days". */
export function formatSeconds(s: number): string {
  if (s < 10) return `${oneDigit.format(s)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7_200) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${oneDigit.format(s / 3_600)} h` : `${oneDigit.format(s / 86_400)} days`;
}

/** Milliseconds as "0.4 ms", "12 ms", "1.2 s", and longer ones as `formatSeconds` has them. */
export function formatMs(ms: number): string {
  if (ms >= 1_000) return formatSeconds(ms / 1_000);
  return ms < 10 ? `${oneDigit.format(ms)} ms` : `${Math.round(ms)} ms`;
}

export { english as dateLocale };
