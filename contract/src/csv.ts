import { type Money, toDecimal } from './money.js';

/** A value of a row, as it goes into a file: an amount with every digit, in units of its currency. */
export type CsvCell = string | number | boolean | Money | null | undefined;

/** Makes a spreadsheet read a file as UTF-8. */
export const BOM = '\ufeff';

/**
 * Begins, behind any apostrophes, like a formula, which a spreadsheet would run. Source: OWASP, CSV injection.
 * The click export has the same expressions in SQL: see `analytics/queries/click-export.ts`.
 */
const FORMULA = /^'*[=+@\t\r\n-]/;
/** A negative number runs nothing, and with an apostrophe it would be none. */
const FIGURE = /^'*-\d+(\.\d+)?$/;

const isGuarded = (text: string) => FORMULA.test(text) && !FIGURE.test(text);

/** A text that no spreadsheet runs: one that begins like a formula has an apostrophe more. */
export const guardFormula = (text: string): string => (isGuarded(text) ? `'${text}` : text);

/** The text that `guardFormula` was given. */
export const unguardFormula = (text: string): string =>
  text.startsWith("'") && isGuarded(text) ? text.slice(1) : text;

function written(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return toDecimal(value);
  if (typeof value !== 'string') return String(value);
  return `"${guardFormula(value).replaceAll('"', '""')}"`;
}

/** One line of CSV. */
export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(written).join(',')}\r\n`;

/** Rows of equal fields as CSV (RFC 4180), texts quoted; the header alone, of `names`, without rows. */
export function toCsv<Row extends object>(
  rows: readonly Row[],
  names: readonly string[] = Object.keys(rows[0] ?? {}),
): string {
  const lines = rows.map((row) => csvLine(names.map((name) => (row as Record<string, CsvCell>)[name])));
  return names.length === 0 ? '' : [csvLine(names), ...lines].join('');
}
