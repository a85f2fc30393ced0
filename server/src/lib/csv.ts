import { type Money, toDecimal } from '@clickledger/contract';

type Cell = string | number | boolean | Money | null | undefined;

/** Begins like a formula, which a spreadsheet would run. Source: OWASP, CSV injection. */
const FORMULA = /^[=+@\t\r-]/;

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return toDecimal(value);
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Rows as CSV (RFC 4180): a header of the first row's fields, texts quoted, no text that runs as a formula. */
export function toCsv<T extends object>(rows: readonly T[]): string {
  const names = Object.keys(rows[0] ?? {}) as (keyof T & string)[];
  const lines = rows.map((row) => names.map((name) => cell(row[name] as Cell)).join(','));
  return [names.map(cell), ...lines].map((line) => `${line}\n`).join('');
}
