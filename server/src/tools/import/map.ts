import { ClickInput, shown } from '@clickledger/contract';
import type { Kind } from './kind.js';

/** Fields a file's columns may be given to: those of a click, and the clicking person's address. */
export const MAP_FIELDS: ReadonlySet<string> = new Set([...Object.keys(ClickInput.shape), 'ip']);

/** Where a field's value comes from: a column of the file, or the same for every record. */
export type MapSource = { column: string } | { constant: string };
export type FieldMap = ReadonlyMap<string, MapSource>;

/** Most characters of a `--map`. */
export const MAP_LENGTH_MAX = 8_192;

/** The map as written can't be understood; the message says what is wrong with it. */
export class MapError extends Error {
  override name = 'MapError';
}

/**
 * Access logs know nothing of ads: the page is the ad, its first folder the campaign, and one advertiser owns them all
 * unless a map says otherwise.
 */
const LOG_MAP: Map<string, MapSource> = parseMap(
  'ad_id=page,campaign_id=folder,advertiser_id:=access-log,timestamp=time,referrer=referrer,' +
    'user_agent=user_agent,ip=ip',
);

/**
 * Reads the text of `--map`: a comma-separated list of
 *
 *     field=column        the field is what that column holds
 *     field:=constant     the field is this very text in every record
 *
 * e.g. `ad_id=creative,user_id=visitor.id,campaign_id:=summer`. No quoting is needed in a shell; a comma or a backslash
 * within a name or constant is written `\,` or `\\`. In NDJSON `a.b` reaches into objects; in access logs the columns
 * are ip, vhost, ident, user, time, method, path, page, folder, status, bytes, referrer, user_agent, and `query.NAME`.
 */
export function parseMap(
  text: string,
  fields: ReadonlySet<string> = MAP_FIELDS,
  what = 'a click',
): Map<string, MapSource> {
  if (text.length > MAP_LENGTH_MAX) throw new MapError(`The map is longer than ${MAP_LENGTH_MAX} characters`);
  const map = new Map<string, MapSource>();
  for (const entry of splitEntries(text)) {
    const parts = /^\s*([^:=\s]*)\s*(:?=)\s*(.*?)\s*$/s.exec(entry);
    if (parts === null) {
      throw new MapError(`"${entry.trim()}" is neither field=column nor field:=constant`);
    }
    const [, field = '', sign = '', value = ''] = parts;
    if (!fields.has(field)) {
      throw new MapError(`"${field}" is no field of ${what}; there are ${[...fields].join(', ')}`);
    }
    if (map.has(field)) throw new MapError(`"${field}" is mapped twice`);
    if (value === '') throw new MapError(`"${field}" is mapped to nothing`);
    map.set(field, sign === '=' ? { column: value } : { constant: value });
  }
  return map;
}

/** Columns that only the export of this product's click log has together. */
const OWN_EXPORT = ['click_id', 'clicked_at', 'received_at'];

/** Whether a file is an export of the click log: it is read without a map, and the guard against formulas is undone. */
export const isOwnExport = (kind: Kind): boolean =>
  kind.format === 'csv' && OWN_EXPORT.every((column) => kind.columns?.includes(column));

/**
 * The whole map of a file: what was given, and for the other fields the kind's own: for CSV and NDJSON the column of
 * the same name, if there is one.
 */
export function completeMap(kind: Kind, given: FieldMap): FieldMap {
  const own =
    kind.format === 'log'
      ? LOG_MAP
      : new Map<string, MapSource>([...MAP_FIELDS].map((field) => [field, { column: field }]));
  if (isOwnExport(kind)) own.set('timestamp', { column: 'clicked_at' });
  return new Map([...own, ...given]);
}

/** Fields that every click of a file needs. */
const REQUIRED = ['ad_id', 'campaign_id', 'advertiser_id', 'timestamp'];

/** What the header of a CSV lacks, for a person; null when nothing. */
export function missingColumns(kind: Kind, map: FieldMap, given: FieldMap): string | null {
  if (kind.format !== 'csv' || kind.columns === null) return null;
  const columns = new Set(kind.columns);
  const isMissing = (field: string) => {
    const source = map.get(field);
    return source !== undefined && 'column' in source && !columns.has(source.column);
  };
  const missing = [...new Set([...REQUIRED, ...given.keys()])].filter(isMissing);
  if (missing.length === 0) return null;
  const named = missing.map((field) => {
    const source = given.get(field);
    return source && 'column' in source ? `${field} ("${source.column}")` : field;
  });
  return `no column for ${named.join(', ')}. It has ${shown(kind.columns.join(', '))}`;
}

/** The columns that a map reads, and the fields that each fills. */
export function mapColumns(map: FieldMap): Map<string, string[]> {
  const columns = new Map<string, string[]>();
  for (const [field, source] of map)
    if ('column' in source) columns.set(source.column, [...(columns.get(source.column) ?? []), field]);
  return columns;
}

/** Splits at commas, except `\,`; undoes `\,` and `\\`. */
function splitEntries(text: string): string[] {
  const entries = [''];
  for (const [part] of text.matchAll(/\\[,\\]|,|[^,\\]+|\\/g)) {
    if (part === ',') entries.push('');
    else
      entries.push(
        (entries.pop() ?? '') + (part.length === 2 && part.startsWith('\\') ? part.charAt(1) : part),
      );
  }
  return entries.length === 1 && entries[0]?.trim() === '' ? [] : entries;
}
