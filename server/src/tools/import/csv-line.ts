import { parse } from 'csv-parse/sync';

/** First line by which Excel is told the delimiter. */
const SEP_LINE = /^sep=(.)$/i;

/** The delimiter that a first line names; null when it names none. */
export const sepOf = (line: string): string | null => SEP_LINE.exec(line)?.[1] ?? null;

/** The values of a record; null when the quotes are not as they should be. */
export function splitCsvLine(text: string, delimiter: string): string[] | null {
  if (!text.includes('"')) return text.split(delimiter);
  try {
    const records: string[][] = parse(text, {
      delimiter,
      record_delimiter: ['\n'],
      relax_column_count: true,
    });
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch {
    return null;
  }
}
