/** A value of a table's row, as it goes into a file. */
export type Cell = string | number | boolean | null | undefined;

/** Begins like a formula, which a spreadsheet would run. Source: OWASP, CSV injection. */
const FORMULA = /^[=+@\t\r-]/;

function written(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Rows of equal fields as CSV (RFC 4180), as the server's exports are written; nothing without rows. */
export function toCsv(rows: readonly Record<string, Cell>[]): string {
  const [first] = rows;
  if (!first) return '';
  const names = Object.keys(first);
  const lines = [names.map(written), ...rows.map((row) => names.map((name) => written(row[name])))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
