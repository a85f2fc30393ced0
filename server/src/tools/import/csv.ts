import { sepOf, splitCsvLine } from './csv-line.js';
import { isBlank, type Line } from './lines.js';
import { ImportError, LINE_LENGTH_MAX, type ReadRecord } from './records.js';

const NOT_CLOSED = 'A quote is not closed';

/** Most columns of a file. */
export const CSV_COLUMNS_MAX = 1_000;

/**
 * Reads CSV (RFC 4180) with a header line: quotes doubled inside quotes, line breaks inside quotes. The library parses
 * a record; where one ends is told here, by counting quotes: it is whole when their number is even. So line numbers
 * are exact, a record's length is bounded, and a stray quote costs the line it is on: the lines taken in after it are
 * read again on their own.
 */
export class CsvReader {
  readonly #delimiter: string;
  #columns: string[] | null = null;
  /** Lines of a record that is not whole yet. */
  #open: { line: number; text: string }[] = [];
  #openLength = 0;

  /** @param delimiter one character; a first line `sep=;`, which Excel writes, is read over */
  constructor(delimiter: string) {
    if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
      throw new ImportError('The CSV delimiter must be one character, and no quote or line break');
    }
    this.#delimiter = delimiter;
  }

  /** Takes the next line; gives what is whole with it. */
  push({ line, text }: Line): ReadRecord[] {
    if (text === null) return [...this.#giveUp(), tooLong(line)];
    if (this.#open.length === 0) {
      if (isBlank(text) || (this.#columns === null && sepOf(text) !== null)) return [];
      if (!hasOddQuotes(text)) return this.#parse([{ line, text }]);
    }
    this.#open.push({ line, text });
    this.#openLength += text.length + 1;
    if (this.#openLength > LINE_LENGTH_MAX) return this.#refuse(this.#take(), NOT_CLOSED);
    if (this.#open.length === 1 || !hasOddQuotes(text)) return [];
    return this.#parse(this.#take());
  }

  /** After the last line. */
  end(): ReadRecord[] {
    const results = this.#giveUp();
    if (this.#columns === null) throw new ImportError('The CSV file has no header line');
    return results;
  }

  #take(): { line: number; text: string }[] {
    const lines = this.#open;
    this.#open = [];
    this.#openLength = 0;
    return lines;
  }

  /** No more lines can close the quotes that are open. */
  #giveUp(): ReadRecord[] {
    const results: ReadRecord[] = [];
    while (this.#open.length > 0) results.push(...this.#refuse(this.#take(), NOT_CLOSED));
    return results;
  }

  /** Refuses the first of the lines and reads the others again. */
  #refuse(lines: { line: number; text: string }[], error: string): ReadRecord[] {
    const [first, ...others] = lines;
    if (first === undefined) return [];
    if (this.#columns === null) throw new ImportError(`The CSV header (line ${first.line}): ${error}`);
    const results: ReadRecord[] = [{ line: first.line, record: null, error }];
    for (const { line, text } of others) results.push(...this.push({ line, text, terminated: true }));
    return results;
  }

  #parse(lines: { line: number; text: string }[]): ReadRecord[] {
    const text = lines.length === 1 ? (lines[0]?.text ?? '') : lines.map((part) => part.text).join('\n');
    const values = splitCsvLine(text, this.#delimiter);
    if (values === null) return this.#refuse(lines, 'A quote is where none may be');
    const line = lines[0]?.line ?? 0;
    if (this.#columns === null) {
      this.#columns = checkHeader(values);
      return [];
    }
    const columns = this.#columns;
    // Some programs end each row with a delimiter, or fill it up to the widest.
    while (values.length > columns.length && values.at(-1)?.trim() === '') values.pop();
    if (values.length !== columns.length) {
      return this.#refuse(
        lines,
        `Expected ${columns.length} fields as in the header, found ${values.length}`,
      );
    }
    const record: Record<string, string> = {};
    for (const [index, column] of columns.entries()) if (column !== '') record[column] = values[index] ?? '';
    return [{ line, record, text: JSON.stringify([columns, values]) }];
  }
}

function checkHeader(values: string[]): string[] {
  const columns = values.map((value) => value.trim());
  if (columns.length > CSV_COLUMNS_MAX)
    throw new ImportError(`The CSV has more than ${CSV_COLUMNS_MAX} columns`);
  // Nothing can be mapped from a column without a name: the numbers of rows that some programs write first, or nothing at all.
  const named = columns.filter((column) => column !== '');
  if (named.length === 0) throw new ImportError('The CSV header names no column');
  if (new Set(named).size < named.length) throw new ImportError('The CSV header names a column twice');
  return columns;
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

function tooLong(line: number): ReadRecord {
  return { line, record: null, error: `Longer than ${LINE_LENGTH_MAX} characters` };
}
