import { readTime, type TimeOptions, unguardFormula } from '@clickledger/contract';
import type { Kind } from './kind.js';
import { completeMap, type FieldMap, isOwnExport, mapColumns } from './map.js';
import type { Fields } from './records.js';

/** A record as a click, not yet checked against the contract; or why it is no click at all, which is no error. */
export type Mapped =
  | {
      input: Record<string, unknown>;
      /** As written, with a port or in a list; null when there is none. */
      address: string | null;
    }
  | { notAClick: string };

export interface Mapper {
  /** The columns it will read, and the fields that each fills. */
  columns: ReadonlyMap<string, readonly string[]>;
  map(record: Fields): Mapped;
}

/** Requests that no person following an ad makes: link checkers' HEAD, and CORS preflights. */
const NOT_CLICKS: ReadonlySet<unknown> = new Set(['HEAD', 'OPTIONS']);

/** Makes the step that turns a record into a click as a client would send it; what the contract makes of that is `readClick`'s. */
export function makeMapper(kind: Kind, given: FieldMap, options: TimeOptions = {}): Mapper {
  const map = completeMap(kind, given);
  const isGuarded = isOwnExport(kind);

  return {
    columns: mapColumns(map),
    map(record) {
      if (kind.format === 'log' && NOT_CLICKS.has(record.method))
        return { notAClick: `${record.method} request` };
      const input: Record<string, unknown> = {};
      let address: string | null = null;
      for (const [field, source] of map) {
        const found = 'constant' in source ? source.constant : own(record, source.column);
        const value = isGuarded && typeof found === 'string' ? unguardFormula(found) : found;
        // An empty user agent says that there was none; any other empty field says nothing.
        if (value === undefined || (value === '' && field !== 'user_agent')) continue;
        if (field === 'ip') address = typeof value === 'string' ? value : null;
        else input[field] = field === 'timestamp' ? timeOf(value, options) : value;
      }
      return { input, address };
    },
  };
}

/** A column of a record, without the space around it. */
export function own(record: Fields, column: string): unknown {
  if (!Object.hasOwn(record, column)) return undefined;
  const value = record[column];
  return typeof value === 'string' ? value.trim() : value;
}

/** What is no time is given back as it is, and the contract says why. */
export function timeOf(value: unknown, options: TimeOptions): unknown {
  const reading = readTime(value, options);
  return 'time' in reading ? reading.time : value;
}
