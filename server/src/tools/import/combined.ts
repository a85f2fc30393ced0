import { readAddress } from '../../lib/address.js';
import { isoTimeOf, recordOf, unescapeQuotes } from './log-record.js';
import type { ReadRecord } from './records.js';

/**
 * Apache's common and combined log formats, as Apache and nginx write them
 * (https://httpd.apache.org/docs/2.4/logs.html#combined):
 *
 *     ip ident user [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.1" status bytes "referrer" "user agent"
 *
 * without the last two in the common format. Quoted parts hold `\"` for a quote. The pattern has no two ways to match a text, so its
 * time is linear. What follows the user agent is not read. The closing quote of the user agent may be missing: servers cut long lines.
 */
const LINE =
  /^(\S+) (\S+) (.+?) \[([^\]]{1,40})\] "((?:[^"\\]|\\.)*)" (\d{3}|-)( (?:\d+|-))(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)("|\\?$))?/;
/** What syslog puts before a line: RFC 3164's time, host and program, or RFC 5424's head. */
const SYSLOG =
  /^(?:(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S{8,30}) \S{1,255} [^\s:[\]]{1,48}(?:\[\d{1,10}\])?: |<\d{1,3}>1(?: \S{1,255}){5} (?:-|\[[^\]]{0,1000}\]) )/;

/** A line without what syslog put before it. */
export const withoutSyslog = (text: string): string => text.replace(SYSLOG, '');

export interface CombinedOptions {
  /** The lines begin with the name of the virtual host. */
  hasVhost?: boolean;
  queryNames?: readonly string[];
}

/**
 * Reads one line of the common or the combined format.
 *
 * `terminated` false means a last line without a line break. If the user agent's quote is not closed either, it was
 * cut while being written: counted now, it would be counted again, under another id, once it is whole.
 */
export function parseCombined(
  line: number,
  written: string,
  terminated: boolean,
  { hasVhost = false, queryNames = [] }: CombinedOptions = {},
): ReadRecord {
  const bad = (error: string): ReadRecord => ({ line, record: null, error });
  const text = withoutSyslog(written);
  const vhost = hasVhost ? (/^\S+ /.exec(text)?.[0] ?? '') : '';
  const parts = LINE.exec(text.slice(vhost.length));
  if (parts === null) return bad('Not in the common or combined log format');
  const [whole, ip = '', ident = '', user = '', time = '', request = '', status = '', bytes = ''] = parts;
  if (!hasVhost && readAddress(ip) === null && readAddress(ident) !== null)
    return bad('A word stands before the address; try --log-format vcombined');
  const isCommon = parts[9] === undefined;
  const isWhole = isCommon ? text.length === vhost.length + whole.length : parts[10] === '"';
  if (!terminated && !isWhole) return bad('The last line is cut off');
  const isoTime = isoTimeOf(time);
  if (isoTime === null) return bad(`Not a time of the format: ${time}`);
  const record = recordOf(
    {
      ip,
      vhost: vhost.trimEnd(),
      ident,
      user,
      time: isoTime,
      request: unescapeQuotes(request),
      status,
      bytes: bytes.trimStart(),
      referrer: unescapeQuotes(parts[8] ?? ''),
      userAgent: unescapeQuotes(parts[9] ?? ''),
    },
    queryNames,
  );
  // Of a common line without the bytes: their last digits may not be written yet.
  return { line, record, text: vhost + (isCommon ? whole.slice(0, -bytes.length) : whole) };
}

/** Which of the formats a line is in; null: none of them. */
export function combinedKind(written: string): 'combined' | 'vcombined' | 'common' | 'vcommon' | null {
  const text = withoutSyslog(written);
  const parts = LINE.exec(text);
  if (parts === null) return null;
  const isVhost = readAddress(parts[1] ?? '') === null && readAddress(parts[2] ?? '') !== null;
  return `${isVhost ? 'v' : ''}${parts[9] === undefined ? 'common' : 'combined'}`;
}
