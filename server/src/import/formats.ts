import { parseCombined, QUERY_PREFIX } from './combined.js';
import { CsvReader } from './csv.js';
import { isBlank, type Line, readLines } from './lines.js';
import { parseNdjson } from './ndjson.js';
import { LINE_LENGTH_MAX, type ReadRecord } from './records.js';
import { type ByteStream, openSource } from './source.js';

export const FORMATS = ['csv', 'ndjson', 'combined'] as const;
export type Format = (typeof FORMATS)[number];

export interface ReadOptions {
  /** Columns that will be asked for: NDJSON takes only these, `combined` reads their `query.NAME`s. */
  columns: ReadonlySet<string>;
  /** Of CSV; a comma if absent. */
  delimiter?: string;
  /** Hears of every chunk's bytes as they are taken from the stream, packed as they are. */
  onBytes?: (bytes: number) => void;
}

/**
 * Reads a file of clicks, in order, in bounded memory, gzip unpacked. Every line that is not blank gives exactly one
 * outcome, fields or an error, and never throws, CSV excepted: there its records do, which may hold line breaks, and
 * the header gives none. Rejects with `ImportError` when the file as a whole can't be read on.
 */
export async function* readRecords(
  stream: ByteStream,
  format: Format,
  options: ReadOptions,
): AsyncGenerator<ReadRecord> {
  const parser = makeParser(format, options);
  for await (const lines of readLines(openSource(stream, options.onBytes), LINE_LENGTH_MAX)) {
    for (const line of lines) yield* parser.push(line);
  }
  yield* parser.end();
}

interface Parser {
  push(line: Line): ReadRecord[];
  end(): ReadRecord[];
}

function makeParser(format: Format, options: ReadOptions): Parser {
  switch (format) {
    case 'csv':
      return new CsvReader(options.delimiter ?? ',');
    case 'ndjson':
      return byLine((line, text) => parseNdjson(line, text, options.columns));
    case 'combined': {
      const queryNames = [...options.columns]
        .filter((column) => column.startsWith(QUERY_PREFIX))
        .map((column) => column.slice(QUERY_PREFIX.length));
      return byLine((line, text, terminated) => parseCombined(line, text, terminated, queryNames));
    }
  }
}

function byLine(parse: (line: number, text: string, terminated: boolean) => ReadRecord): Parser {
  return {
    push: ({ line, text, terminated }) => {
      if (text === null) return [{ line, record: null, error: `Longer than ${LINE_LENGTH_MAX} characters` }];
      return isBlank(text) ? [] : [parse(line, text, terminated)];
    },
    end: () => [],
  };
}
