import { sepOf, splitCsvLine } from './csv-line.js';
import { guessLogFormat } from './log-formats.js';
import { ImportError } from './records.js';

export const FORMATS = ['csv', 'ndjson', 'log'] as const;
export type Format = (typeof FORMATS)[number];

/** What a file holds. */
export type Kind =
  | {
      format: 'csv';
      delimiter: string;
      /** The columns of its header; null when the header takes more than one line. */
      columns: readonly string[] | null;
    }
  | { format: 'ndjson' }
  | {
      format: 'log';
      /** A name of `LOG_FORMATS`, or a pattern. */
      logFormat: string;
    };

/** What is known of a file before it is read; what is null is told from its first lines. */
export interface KindOptions {
  format: Format | null;
  delimiter: string | null;
  logFormat: string | null;
}
export const UNKNOWN_KIND: KindOptions = { format: null, delimiter: null, logFormat: null };

const DELIMITERS = [',', ';', '\t', '|'];
/**
 * What the first lines of a file are, as far as nobody said it. Throws `ImportError`, with what to do, when they are none of what is
 * known.
 *
 * @param lines the first ones that are not blank
 * @param wanted columns that a CSV should have: of several delimiters, the one that finds most of them
 */
export function kindOf(lines: readonly string[], wanted: ReadonlySet<string>, given: KindOptions): Kind {
  const { logFormat, delimiter } = given;
  const format =
    given.format ?? (logFormat !== null ? 'log' : delimiter !== null ? 'csv' : guessFormat(lines));
  if (format === 'ndjson') return { format };
  if (format === 'csv') return csvKind(lines, wanted, delimiter);
  const guessed = logFormat ?? guessLogFormat(lines);
  if (guessed === null && given.format === null) return csvKind(lines, wanted, null);
  // Without a line to tell it by, or one that it tells: each line says what is wrong with it.
  return { format: 'log', logFormat: guessed ?? 'combined' };
}

function guessFormat([first = '', ...others]: readonly string[]): Format {
  const start = first.trimStart();
  if (start.startsWith('[') && !/\] "/.test(first))
    throw new ImportError('This seems to be one JSON array; write an object a line, e.g. with jq -c ".[]"');
  if (!start.startsWith('{')) return 'log';
  if (guessLogFormat([first, ...others]) === 'caddy') return 'log';
  if (/^\{\s*$/.test(start))
    throw new ImportError(
      'This seems to be JSON over several lines; write an object a line, e.g. with jq -c .',
    );
  return 'ndjson';
}

function csvKind(lines: readonly string[], wanted: ReadonlySet<string>, given: string | null): Kind {
  const named = sepOf(lines[0] ?? '');
  const header = lines[named === null ? 0 : 1] ?? '';
  const candidates = given !== null ? [given] : named !== null ? [named] : DELIMITERS;
  const found = candidates.map((delimiter) => {
    const columns = splitCsvLine(header, delimiter)?.map((column) => column.trim()) ?? null;
    return { delimiter, columns, fits: columns?.filter((column) => wanted.has(column)).length ?? 0 };
  });
  const best = found.reduce((one, other) =>
    other.fits > one.fits ||
    (other.fits === one.fits && (other.columns?.length ?? 0) > (one.columns?.length ?? 0))
      ? other
      : one,
  );
  return { format: 'csv', delimiter: best.delimiter, columns: best.columns };
}

/** For people: what a file seems to be. */
export function kindText(kind: Kind): string {
  if (kind.format === 'ndjson') return 'newline-delimited JSON';
  if (kind.format === 'log') return `access log, ${kind.logFormat}`;
  const names: Record<string, string> = {
    ',': 'commas',
    ';': 'semicolons',
    '\t': 'tabs',
    '|': 'vertical bars',
  };
  return `CSV with ${names[kind.delimiter] ?? `"${kind.delimiter}"`}`;
}
