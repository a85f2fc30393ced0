import { createHash } from 'node:crypto';
import { cutText, LIMITS } from '@clickledger/contract';

/** Campaign of what lies in no folder. */
export const ROOT_FOLDER = 'root';
/** Columns that name a parameter of the request's query string, e.g. `query.ad_id` of `/click?ad_id=7`. */
export const QUERY_PREFIX = 'query.';

/** What a line of an access log says, as written; empty where it says nothing. */
export interface LogParts {
  /** With a zone, if the log has one. */
  time: string;
  ip?: string;
  vhost?: string;
  ident?: string;
  user?: string;
  /** The whole request line, or its parts below. */
  request?: string;
  method?: string;
  path?: string;
  query?: string;
  status?: string;
  bytes?: string;
  referrer?: string;
  userAgent?: string;
}

const REQUEST = /^([A-Z]{1,20}) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/;
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
const HASH_DIGITS = 32;

/**
 * The columns of a log, the same for every format of one. `-` is absent (an empty field). Besides what the line has, `page` is the
 * path without its query string, `folder` the first folder of it (`/blog/a` → `blog`, `/a` → `root`), and `query.NAME` for each of
 * `queryNames`. A request that is none (`"-"`, a TLS handshake) leaves method, path and the rest empty.
 */
export function recordOf(parts: LogParts, queryNames: readonly string[]): Record<string, string> {
  const [, ofRequest = '', target = ''] = REQUEST.exec(parts.request ?? '') ?? [];
  const method = parts.method ?? ofRequest;
  const query = orEmpty(parts.query ?? '');
  const path = (parts.path ?? target) + (query === '' ? '' : `?${query.replace(/^\?/, '')}`);
  const page = pageOf(path);
  const record: Record<string, string> = {
    ip: orEmpty(parts.ip ?? ''),
    vhost: orEmpty(parts.vhost ?? ''),
    ident: orEmpty(parts.ident ?? ''),
    user: orEmpty(parts.user ?? ''),
    time: parts.time,
    method,
    path,
    page: shortenId(page),
    folder: shortenId(folderOf(page)),
    status: orEmpty(parts.status ?? ''),
    bytes: orEmpty(parts.bytes ?? ''),
    referrer: orEmpty(parts.referrer ?? ''),
    user_agent: orEmpty(parts.userAgent ?? ''),
  };
  if (queryNames.length > 0) addQuery(record, path, queryNames);
  return record;
}

/** A proxy's request names the origin too: `GET http://host/path`. */
function pageOf(path: string): string {
  const page = path.replace(ORIGIN, '').replace(/[?#].*$/s, '');
  return page === '' && path !== '' ? '/' : page;
}

function folderOf(page: string): string {
  if (page === '') return '';
  const [, first = '', rest] = page.split('/', 3);
  return rest === undefined || first === '' ? ROOT_FOLDER : first;
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

function addQuery(record: Record<string, string>, path: string, names: readonly string[]): void {
  const start = path.indexOf('?');
  const query = new URLSearchParams(start === -1 ? '' : path.slice(start + 1));
  for (const name of names) record[QUERY_PREFIX + name] = query.get(name) ?? '';
}

export function orEmpty(text: string): string {
  return text === '-' ? '' : text;
}

/** `\"` and `\\`, and nginx's `\x22` and `\x5C` for them. Other escapes stay as written: they are no text. */
export function unescapeQuotes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:(["\\])|x(22)|x5[cC])/g,
    (_, plain: string | undefined, quote: string | undefined) => plain ?? (quote === undefined ? '\\' : '"'),
  );
}

const APACHE_TIME =
  /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4})(?:[:T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?: ?([+-]\d{2}):?(\d{2}))?)?$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `10/Oct/2000:13:55:36 -0700` → `2000-10-10T13:55:36-07:00`; any other text as it is, for `readTime`. Null for a month that is none. */
export function isoTimeOf(time: string): string | null {
  const parts = APACHE_TIME.exec(time);
  if (parts === null) return time;
  const [, day = '', month = '', year = '', clock, hours, minutes = ''] = parts;
  const monthNumber = MONTHS.indexOf(month) + 1;
  if (monthNumber === 0) return null;
  const date = `${year}-${String(monthNumber).padStart(2, '0')}-${day}`;
  return clock === undefined ? date : `${date}T${clock}${hours === undefined ? '' : `${hours}:${minutes}`}`;
}
