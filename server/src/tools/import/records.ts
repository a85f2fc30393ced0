/** The columns of a record: text, but for what NDJSON has of other kinds in fields that only describe. */
export type Fields = Readonly<Record<string, unknown>>;

/** What one record of a file came to: fields, or why there are none. */
export type ReadRecord =
  | {
      /** Line the record starts on, from 1. */
      line: number;
      record: Fields;
      /** What makes the record itself, for its click id: the same in whichever file and position it stands. */
      text: string;
    }
  | { line: number; record: null; error: string };

/** The file as a whole can't be read on: not a bad line, but e.g. a broken gzip or a CSV without a header. */
export class ImportError extends Error {
  override name = 'ImportError';
}

/** The server takes no more: trying the next file would not help. */
export class SubmitError extends ImportError {
  override name = 'SubmitError';
}

/** Longest line, or CSV record with line breaks in it, in UTF-16 units. Far above what a click may hold. */
export const LINE_LENGTH_MAX = 64 * 1_024;
