import { CsvReader } from './csv.js';
import { decode } from './encoding.js';
import { type Kind, type KindOptions, kindOf, UNKNOWN_KIND } from './kind.js';
import { isBlank, type Line, readLines } from './lines.js';
import { makeLogReader } from './log-formats.js';
import { QUERY_PREFIX } from './log-record.js';
import { parseNdjson } from './ndjson.js';
import { LINE_LENGTH_MAX, type ReadRecord } from './records.js';
import { type ByteStream, openSource } from './source.js';

/** Lines that a file's kind is told by. */
const FIRST_LINES = 20;

export interface OpenOptions extends Partial<KindOptions> {
  /** Of the file: `.br` says how it is packed. */
  name?: string;
  /** Its encoding by name; null to tell it from its bytes. */
  encoding?: string | null;
  /** Columns that a CSV should have, see `kindOf`. */
  wanted?: ReadonlySet<string>;
  /** Hears of every chunk's bytes as they are taken from the stream, packed as they are. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** A file whose first lines were looked at. */
export interface OpenFile {
  kind: Kind;
  encoding: string;
  /** The encoding is a guess. */
  isGuess: boolean;
  lines: AsyncIterable<readonly Line[]>;
}

/** Unpacks and decodes a file, and tells from its first lines what it is. Rejects with `ImportError` when it is nothing that is known. */
export async function openFile(stream: ByteStream, options: OpenOptions = {}): Promise<OpenFile> {
  const { name = '', onBytes, encoding: given = null, wanted = new Set() } = options;
  const { text, encoding, isGuess } = await decode(openSource(stream, { name, onBytes }), given);
  const source = readLines(text, LINE_LENGTH_MAX);
  const taken: Line[][] = [];
  const first: string[] = [];
  while (first.length < FIRST_LINES) {
    const next = await source.next();
    if (next.done) break;
    taken.push(next.value);
    for (const { text: line } of next.value) if (line !== null && !isBlank(line)) first.push(line);
  }
  const kind = kindOf(first.slice(0, FIRST_LINES), wanted, { ...UNKNOWN_KIND, ...options });
  const lines = (async function* () {
    yield* taken;
    yield* source;
  })();
  return { kind, encoding, isGuess, lines };
}

/**
 * Reads a file of clicks, in order, in bounded memory. Every line that is not blank gives exactly one
 * outcome, fields or an error, and never throws, CSV excepted: there its records do, which may hold line breaks, and
 * the header gives none; nor do the lines of a log that begin with `#`. Rejects with `ImportError` when the file as a whole can't be
 * read on.
 *
 * @param columns that will be asked for, and the fields of a click that each fills: NDJSON takes only these, logs read their
 *   `query.NAME`s
 */
export async function* readRecords(
  { kind, lines }: OpenFile,
  columns: ReadonlyMap<string, readonly string[]>,
): AsyncGenerator<ReadRecord> {
  const parser = makeParser(kind, columns);
  for await (const some of lines) for (const line of some) yield* parser.push(line);
  yield* parser.end();
}

interface Parser {
  push(line: Line): ReadRecord[];
  end(): ReadRecord[];
}

function makeParser(kind: Kind, columns: ReadonlyMap<string, readonly string[]>): Parser {
  switch (kind.format) {
    case 'csv':
      return new CsvReader(kind.delimiter);
    case 'ndjson':
      return byLine(({ line, text }) => [parseNdjson(line, text, columns)]);
    case 'log':
      return byLine(
        makeLogReader(
          kind.logFormat,
          [...columns.keys()]
            .filter((column) => column.startsWith(QUERY_PREFIX))
            .map((column) => column.slice(QUERY_PREFIX.length)),
        ),
      );
  }
}

function byLine(parse: (line: Line & { text: string }) => ReadRecord[]): Parser {
  return {
    push: ({ line, text, terminated }) => {
      if (text === null) return [{ line, record: null, error: `Longer than ${LINE_LENGTH_MAX} characters` }];
      return isBlank(text) ? [] : parse({ line, text, terminated });
    },
    end: () => [],
  };
}
