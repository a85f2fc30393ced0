import { type IncomingHttpHeaders, maxHeaderSize } from 'node:http';
import { LIMITS } from '@clickledger/contract';
import { BoundedCache } from '../../lib/bounded-cache.js';

/** Of the route that takes one click. */
export const CLICKS_TARGET = '/api/v1/clicks';

/** A whole request that brings one click, with nothing about it that only a full HTTP server understands. */
export interface PlainRequest {
  /** `CLICKS_TARGET`, or `/r/…` of a link with its query string. */
  target: string;
  /** As Node would give them: by lower-case name, values without the spaces around them. */
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** As many fields as a client and some proxies send, and names as long as any in use: more of either is nobody's plain request. */
const FIELDS_MAX = 64;
/**
 * The request line and the fields of RFC 9112, as strict as it allows: no folded lines, no bare CR or LF, no space before a colon, no
 * control characters. Each byte fits one place only, so that a long head that doesn't match is found out in one pass.
 */
const HEAD =
  /POST \/api\/v1\/clicks HTTP\/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[\t\x20-\x7e\x80-\xff]*\r\n)+\r\n/y;
const START_LENGTH = 'POST /api/v1/clicks HTTP/1.1\r\n'.length;
/** The same of a link: a slug that needs no decoding, and a query string of what URLs are made of. */
const LINK_HEAD =
  /GET (\/r\/[A-Za-z0-9_-]{1,64}(?:\?[!$-;=?-Z_a-z~[\]]*)?) HTTP\/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[\t\x20-\x7e\x80-\xff]*\r\n)+\r\n/y;
const FIRST_OF_GET = 'G'.charCodeAt(0);
const NO_BODY = Buffer.alloc(0);
const BODY_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i;
const LENGTH = /^\d{1,6}$/;

/**
 * Fields that say how a message is framed, or that a browser sends it: what they mean is the business of Node and of the
 * hooks before the routes.
 */
const LONG_WAY = new Set([
  ...[
    'transfer-encoding',
    'content-encoding',
    'trailer',
    'upgrade',
    'expect',
    'te',
    'http2-settings',
    'proxy-connection',
  ],
  ...['origin', 'cookie', 'sec-fetch-site', 'sec-purpose', 'purpose', 'x-purpose', 'x-moz'],
]);
const NAMES_KEPT_MAX = 1_000;
const names = new BoundedCache<string>(NAMES_KEPT_MAX);
/** The lower-case name of a field as sent; empty when the request has to take the long way. */
const nameOf = (sent: string): string => {
  const name = sent.toLowerCase();
  return LONG_WAY.has(name) ? '' : name;
};

const isSpace = (code: number) => code === 0x20 || code === 0x09;

/** Without spaces and tabs around it, and those only: `trim` would take a no-break space, which Latin-1 has, as well. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** By name; null when one comes twice or has to take the long way. */
function fieldsOf(
  head: string,
  start: number,
  kept: BoundedCache<string>,
  nameAs: (sent: string) => string,
): IncomingHttpHeaders | null {
  const headers: IncomingHttpHeaders = {};
  let count = 0;
  for (let at = start; at < head.length - 2; ) {
    const colon = head.indexOf(':', at);
    const end = head.indexOf('\r\n', colon);
    if (++count > FIELDS_MAX) return null;
    const name = kept.get(head.slice(at, colon), nameAs);
    if (name === '' || name in headers) return null;
    headers[name] = trimmed(head, colon + 1, end);
    at = end + 2;
  }
  return headers;
}

/** Fields that decide on a redirect, or that a browser sends with every page, stay: no credential is looked at. */
const LINK_LONG_WAY = new Set([
  ...[
    'transfer-encoding',
    'content-length',
    'content-encoding',
    'trailer',
    'upgrade',
    'expect',
    'te',
    'http2-settings',
    'proxy-connection',
  ],
]);
const linkNames = new BoundedCache<string>(NAMES_KEPT_MAX);
const linkNameOf = (sent: string): string => {
  const name = sent.toLowerCase();
  return LINK_LONG_WAY.has(name) ? '' : name;
};

/** Reads bytes that hold one whole `GET /r/…` and nothing else; null for whatever is not as plain as that. */
function readPlainRedirect(bytes: Buffer): PlainRequest | null {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, maxHeaderSize));
  LINK_HEAD.lastIndex = 0;
  const target = LINK_HEAD.exec(text)?.[1];
  if (target === undefined || LINK_HEAD.lastIndex !== bytes.length) return null;
  const headers = fieldsOf(text, target.length + 'GET  HTTP/1.1\r\n'.length, linkNames, linkNameOf);
  if (headers === null || headers.host === undefined) return null;
  const { connection } = headers;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return null;
  return { target, headers, body: NO_BODY };
}

/**
 * Reads bytes that hold one whole `POST /api/v1/clicks` and nothing else; `'rest'` when its head is whole and its body is not. Null
 * for whatever is not as plain as that: another request, part of a head, more than one request, a field that matters to HTTP itself,
 * anything that might be read in two ways. Then nothing is known about the bytes, and a full HTTP server has to read them.
 */
export function readPlainRequest(bytes: Buffer): PlainRequest | 'rest' | null {
  if (bytes[0] === FIRST_OF_GET) return readPlainRedirect(bytes);
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, maxHeaderSize));
  HEAD.lastIndex = 0;
  if (!HEAD.test(text)) return null;
  const headLength = HEAD.lastIndex;
  const headers = fieldsOf(text.slice(0, headLength), START_LENGTH, names, nameOf);
  if (headers === null) return null;
  const { host, connection, 'content-type': type = '', 'content-length': length = '' } = headers;
  if (host === undefined || !BODY_TYPE.test(type) || !LENGTH.test(length)) return null;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return null;
  const missing = Number(length) - (bytes.length - headLength);
  if (Number(length) > LIMITS.clickBodyBytesMax || missing < 0) return null;
  return missing > 0 ? 'rest' : { target: CLICKS_TARGET, headers, body: bytes.subarray(headLength) };
}
