import { createHash } from 'node:crypto';
import { type ClickInput, LIMITS } from '@clickledger/contract';
import { cutText, stripControl } from '../ingest/prepare.js';
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

export interface MapperOptions {
  /** Times without a zone are UTC. Otherwise they are refused: a guess would be wrong by hours, and be billed. */
  zonelessIsUtc?: boolean;
}

/** Requests that no person following an ad makes: link checkers' HEAD, and CORS preflights. */
const NOT_CLICKS: ReadonlySet<string> = new Set(['HEAD', 'OPTIONS']);

const IDS: ReadonlySet<string> = new Set(['ad_id', 'campaign_id', 'advertiser_id', 'user_id']);
const HASH_DIGITS = 32;

/**
 * Makes the step that turns a record into a click of the contract. It bends what a file may write otherwise (times,
 * letter case, lengths), so that no click is lost for its form; what it can't bend is left for the contract to refuse.
 */
export function makeMapper(format: Format, given: FieldMap, options: MapperOptions = {}): Mapper {
  const map = completeMap(format, given);
  const zonelessIsUtc = options.zonelessIsUtc ?? false;

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
        else input[field] = shape(field, value, zonelessIsUtc);
      }
      return { input, address };
    },
  };
}

function own(record: Readonly<Record<string, string>>, column: string): string | undefined {
  return Object.hasOwn(record, column) ? record[column]?.trim() : undefined;
}

function shape(field: string, value: string, zonelessIsUtc: boolean): string {
  if (IDS.has(field)) return shortenId(value);
  switch (field) {
    case 'timestamp':
      return shapeTime(value, zonelessIsUtc);
    case 'device_type':
      return value.toLowerCase();
    case 'os':
    case 'browser':
      return cutText(stripControl(value), LIMITS.labelLengthMax);
    case 'user_agent':
      return cutText(stripControl(value), LIMITS.userAgentLengthMax);
    case 'referrer':
      return cutText(stripControl(value), LIMITS.referrerLengthMax);
    default:
      return value;
  }
}

/**
 * Paths may be longer than an id. Such a one keeps its start, then `~` and 32 hex digits of the SHA-256 of all of it: the
 * same every time, and two that differ stay two.
 */
export function shortenId(id: string): string {
  if (id.length <= LIMITS.idLengthMax) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_DIGITS);
  return `${cutText(id, LIMITS.idLengthMax - HASH_DIGITS - 1)}~${hash}`;
}

/**
 * ISO 8601 out of what files hold: a space for the `T`, a zone without its colon, seconds or milliseconds since the
 * epoch. Anything else is given back as it is, and the contract refuses it.
 */
export function shapeTime(text: string, zonelessIsUtc: boolean): string {
  // 10 digits of seconds are 2001 to 2286, 13 of milliseconds the same.
  if (/^\d{10}(\.\d{1,9})?$/.test(text)) return fromEpoch(Number(text) * 1_000);
  if (/^\d{13}$/.test(text)) return fromEpoch(Number(text));
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?$/i.exec(text);
  if (parts === null) return text;
  const [, date, clock, zone = zonelessIsUtc ? 'Z' : ''] = parts;
  const offset = /^(Z|UTC)$/i.test(zone) ? 'Z' : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  return `${date}T${clock}${offset}`;
}

function fromEpoch(ms: number): string {
  return new Date(Math.trunc(ms)).toISOString();
}
