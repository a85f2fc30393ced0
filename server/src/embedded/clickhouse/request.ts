import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import type { RequestContext } from './sessions.js';

/** Largest body, also after decompression, in bytes. */
export const BODY_BYTES_MAX = 64 * 1_024 * 1_024;

/** An error in ClickHouse's own words: code, name and HTTP status. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';

  constructor(
    readonly code: number,
    readonly type: string,
    readonly status: number,
    message: string,
  ) {
    super(`Code: ${code}. DB::Exception: ${message} (${type})`);
  }
}

/** Parameters of the HTTP interface itself: not settings of a query. */
const INTERFACE = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'session_id',
  'session_timeout',
  'session_check',
  'user',
  'password',
  'role',
  'compress',
  'decompress',
  'enable_http_compression',
  'wait_end_of_query',
  'buffer_size',
  'quota_key',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
]);

export interface QueryRequest {
  sql: string;
  format: string;
  queryId: string;
  gzipReply: boolean;
  /** Sent with `readonly`, as every query of a request is. */
  isReadOnly: boolean;
  context: RequestContext;
}

const parametersOf = (request: IncomingMessage) =>
  new URL(request.url ?? '/', 'http://localhost').searchParams;
const headerOf = (request: IncomingMessage, name: string) => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};
const digest = (text: string) => createHash('sha256').update(text).digest();

/** Throws unless the request carries the password: by Basic authorization, ClickHouse's own headers, or in the URL. */
export function authorize(request: IncomingMessage, username: string, password: string): void {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const given = basic
    ? Buffer.from(basic, 'base64').toString()
    : request.headers['x-clickhouse-user'] !== undefined
      ? `${request.headers['x-clickhouse-user']}:${request.headers['x-clickhouse-key'] ?? ''}`
      : `${parametersOf(request).get('user') ?? ''}:${parametersOf(request).get('password') ?? ''}`;
  if (!timingSafeEqual(digest(given), digest(`${username}:${password}`)))
    throw new ProtocolError(
      516,
      'AUTHENTICATION_FAILED',
      403,
      'Authentication failed: password is incorrect, or there is no user with such name.',
    );
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new ProtocolError(
      48,
      'NOT_IMPLEMENTED',
      501,
      `Content-Encoding ${encoding.slice(0, 20)} is not supported.`,
    );
  const stream = encoding === 'gzip' ? request.pipe(createGunzip()) : request;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX)
      throw new ProtocolError(
        396,
        'TOO_MANY_ROWS_OR_BYTES',
        413,
        `A body holds at most ${BODY_BYTES_MAX} bytes.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The query of a body, and the parameters that come with it: clients send those as a form when they are too long for the address. */
async function readSql(request: IncomingMessage, params: Map<string, string>): Promise<string> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return body.toString('utf8');
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  for (const [name, value] of form)
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), String(value));
  return String(form.get('query') ?? '');
}

/** Text that is no code: strings, quoted names, comments. */
const QUOTED = /'(?:[^'\\]|\\[\s\S]|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g;
/** Statements whose text is data, or that keep a parameter for later. */
const NOT_FILLED_IN = /^\s*(?:CREATE\b|ATTACH\b|INSERT\b[^{]*\b(?:FORMAT|VALUES)\b)/i;

/**
 * Throws when the query names a parameter that the request doesn't bring. The engine alone would answer with the value
 * that an earlier request left in its session.
 */
function checkParams(sql: string, params: ReadonlyMap<string, string>): void {
  if (NOT_FILLED_IN.test(sql)) return;
  for (const [, name] of sql.replace(QUOTED, '').matchAll(/\{\s*(\w+)\s*:/g))
    if (name && !params.has(name))
      throw new ProtocolError(
        456,
        'UNKNOWN_QUERY_PARAMETER',
        400,
        `Query parameter \`${name}\` was not set.`,
      );
}

const RETURNS_ROWS = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(SELECT|WITH|SHOW|DESCRIBE|DESC|EXPLAIN|EXISTS)\b/i;
/** The engine streams no others: "Streaming query is not supported". Theirs is a small answer. */
const MAY_STREAM = /^(?:SELECT|WITH)$/i;

/** Whether a statement answers with rows, by its first word. */
export const returnsRows = (sql: string): boolean => RETURNS_ROWS.test(sql);

/** Whether the engine can answer a statement block by block. */
export const mayStream = (sql: string): boolean => MAY_STREAM.test(RETURNS_ROWS.exec(sql)?.[1] ?? '');

/**
 * Throws unless the text is one statement that reads. Stricter than the server, where `readonly` also allows SET and USE;
 * no query of ours needs them.
 */
function checkReadOnly(sql: string): void {
  const bare = sql.replace(QUOTED, ' ').trim().replace(/;$/, '');
  if (!returnsRows(bare) || /;|\bINSERT\s+INTO\b|\bINTO\s+OUTFILE\b/i.test(bare))
    throw new ProtocolError(164, 'READONLY', 403, 'Cannot execute query in readonly mode.');
}

/** Reads a query with its settings and bound parameters, as ClickHouse's HTTP interface takes them. */
export async function readQuery(request: IncomingMessage): Promise<QueryRequest> {
  const given = parametersOf(request);
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  for (const [name, value] of given) {
    if (INTERFACE.has(name)) continue;
    if (!/^\w+$/.test(name))
      throw new ProtocolError(115, 'UNKNOWN_SETTING', 404, `Unknown setting ${name.slice(0, 100)}.`);
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), value);
    else settings.set(name, value);
  }
  if (given.has('session_id'))
    throw new ProtocolError(48, 'NOT_IMPLEMENTED', 501, 'Sessions are not supported by the embedded engine.');
  for (const name of ['compress', 'decompress'])
    if (['1', 'true'].includes(given.get(name) ?? ''))
      throw new ProtocolError(
        48,
        'NOT_IMPLEMENTED',
        501,
        `The embedded engine does not know ${name}=1. Leave it out; enable_http_compression=1 and gzip are known.`,
      );
  const inUrl = given.get('query') ?? '';
  const inBody = await readSql(request, params);
  checkParams(inUrl || inBody, params);
  const sql = inUrl && inBody ? `${inUrl}\n${inBody}` : inUrl || inBody;
  const isReadOnly = (settings.get('readonly') ?? '0') !== '0';
  if (isReadOnly) checkReadOnly(sql);
  return {
    sql,
    format: given.get('default_format') ?? headerOf(request, 'x-clickhouse-format') ?? 'TabSeparated',
    queryId: (given.get('query_id') ?? '').replace(/[^\w-]/g, '').slice(0, 64),
    isReadOnly,
    gzipReply:
      given.get('enable_http_compression') === '1' &&
      /\bgzip\b/.test(request.headers['accept-encoding'] ?? ''),
    context: {
      database: given.get('database') ?? headerOf(request, 'x-clickhouse-database') ?? 'default',
      settings,
      params,
    },
  };
}
