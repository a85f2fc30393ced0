import { createHash } from 'node:crypto';
import { cutText, LIMITS } from '@clickledger/contract';
import type { ReadRecord } from './records.js';

/**
 * Apache's combined log format, as Apache and nginx write it
 * (https://httpd.apache.org/docs/2.4/logs.html#combined):
 *
 *     ip ident user [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.1" status bytes "referrer" "user agent"
 *
 * Quoted parts hold `\"` for a quote. The pattern has no two ways to match a text, so its time is linear. What follows
 * the user agent is not read. The closing quote of the user agent may be missing: servers cut long lines.
 */
const LINE =
  /^(\S+) (\S+) (.+?) \[([^\]]{1,40})\] "((?:[^"\\]|\\.)*)" (\d{3}|-) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)("|\\?$)/;
const REQUEST = /^([A-Z]{1,20}) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/;
const TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/** Campaign of what lies in no folder. */
export const ROOT_FOLDER = 'root';
/** Columns that name a parameter of the request's query string, e.g. `query.ad_id` of `/click?ad_id=7`. */
export const QUERY_PREFIX = 'query.';

/**
 * Reads one line. `-` is absent (an empty field). Besides the format's own fields, `page` is the path without its
 * query string, `folder` the first folder of it (`/blog/a` → `blog`, `/a` → `root`), and `query.NAME` for each of
 * `queryNames`. `time` is given as ISO 8601. A request that is none (`"-"`, a TLS handshake) leaves method, path and
 * the rest empty.
 *
 * `terminated` false means a last line without a line break. If the user agent's quote is not closed either, it was
 * cut while being written: counted now, it would be counted again, under another id, once it is whole.
 */
export function parseCombined(
  line: number,
  text: string,
  terminated: boolean,
  queryNames: readonly string[] = [],
): ReadRecord {
  const parts = LINE.exec(text);
  if (parts === null) return { line, record: null, error: 'Not in the combined log format' };
  const [whole, ip = '', ident = '', user = '', time = '', request = '', status = '', bytes = ''] = parts;
  if (!terminated && parts[10] !== '"') return { line, record: null, error: 'The last line is cut off' };
  const isoTime = toIsoTime(time);
  if (isoTime === null) return { line, record: null, error: `Not a time of the format: ${time}` };

  const [, method = '', path = ''] = REQUEST.exec(unescapeQuotes(request)) ?? [];
  const page = pageOf(path);
  const record: Record<string, string> = {
    ip: orEmpty(ip),
    ident: orEmpty(ident),
    user: orEmpty(user),
    time: isoTime,
    method,
    path,
    page: shortenId(page),
    folder: shortenId(folderOf(page)),
    status: orEmpty(status),
    bytes: orEmpty(bytes),
    referrer: orEmpty(unescapeQuotes(parts[8] ?? '')),
    user_agent: orEmpty(unescapeQuotes(parts[9] ?? '')),
  };
  if (queryNames.length > 0) addQuery(record, path, queryNames);
  return { line, record, text: whole };
}

/** `10/Oct/2000:13:55:36 -0700` → `2000-10-10T13:55:36-07:00`. */
function toIsoTime(time: string): string | null {
  const [, day = '', month = '', year = '', clock = '', hours = '', minutes = ''] = TIME.exec(time) ?? [];
  const monthNumber = MONTHS.indexOf(month) + 1;
  if (monthNumber === 0) return null;
  return `${year}-${String(monthNumber).padStart(2, '0')}-${day}T${clock}${hours}:${minutes}`;
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

const HASH_DIGITS = 32;

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

/** `\"` and `\\`, and nginx's `\x22` and `\x5C` for them. Other escapes stay as written: they are no text. */
function unescapeQuotes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:(["\\])|x(22)|x5[cC])/g,
    (_, plain: string | undefined, quote: string | undefined) => plain ?? (quote === undefined ? '\\' : '"'),
  );
}

function orEmpty(text: string): string {
  return text === '-' ? '' : text;
}
