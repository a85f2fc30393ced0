import { type ClickInput, readTime, type TimeOptions } from '@clickledger/contract';
import type { Format } from './formats.js';
import { completeMap, type FieldMap, mapColumns } from './map.js';

/** A record as a click, not yet checked against the contract; or why it is no click at all, which is no error. */
export type Mapped =
  | { input: Partial<Record<keyof ClickInput, string>>; address: string | null }
  | { notAClick: string };

export interface Mapper {
  /** The columns it will read. */
  columns: ReadonlySet<string>;
  map(record: Readonly<Record<string, string>>): Mapped;
}

export type MapperOptions = TimeOptions;

/** Requests that no person following an ad makes: link checkers' HEAD, and CORS preflights. */
const NOT_CLICKS: ReadonlySet<string> = new Set(['HEAD', 'OPTIONS']);

/** Makes the step that turns a record into a click as a client would send it; what the contract makes of that is `readClick`'s. */
export function makeMapper(format: Format, given: FieldMap, options: MapperOptions = {}): Mapper {
  const map = completeMap(format, given);

  return {
    columns: mapColumns(map),
    map(record) {
      if (format === 'combined' && NOT_CLICKS.has(record.method ?? ''))
        return { notAClick: `${record.method} request` };
      const input: Record<string, string> = {};
      let address: string | null = null;
      for (const [field, source] of map) {
        const value = 'constant' in source ? source.constant : own(record, source.column);
        // An empty user agent says that there was none; any other empty field says nothing.
        if (value === undefined || (value === '' && field !== 'user_agent')) continue;
        if (field === 'ip') address = value;
        else input[field] = field === 'timestamp' ? timeOf(value, options) : value;
      }
      return { input, address };
    },
  };
}

function own(record: Readonly<Record<string, string>>, column: string): string | undefined {
  return Object.hasOwn(record, column) ? record[column]?.trim() : undefined;
}

/** What is no time is given back as it is, and the contract says why. */
function timeOf(text: string, options: MapperOptions): string {
  const reading = readTime(text, options);
  return 'time' in reading ? reading.time : text;
}
