import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Session } from 'chdb';
import { authorize, mayStream, ProtocolError, type QueryRequest, readQuery } from './request.js';
import type { SessionPool } from './sessions.js';

const CONNECTIONS_MAX = 256;

/** Formats without head, foot or separators: only their blocks may follow each other as they come. */
const STREAMED_FORMATS = /EachRow$|^TabSeparated$|^TSV$|^CSV$/i;
const NAMED_FORMAT = /\bFORMAT\s+(\w+)\s*(?:SETTINGS\b[^;]*)?;?\s*$/i;

/** HTTP status of ClickHouse's error codes, where it isn't 500. */
const STATUS: Record<number, number> = {
  60: 404,
  81: 404,
  115: 404,
  62: 400,
  36: 400,
  47: 404,
  159: 408,
  164: 403,
  394: 499,
  456: 400,
  516: 403,
};

interface Access {
  username: string;
  password: string;
  /** Priorities of the threads of queries that only read, and of all others. */
  nice: { reads: number; inserts: number };
}

/** The engine behind ClickHouse's HTTP protocol: as much of it as `@clickhouse/client` uses, and what other clients send when they connect. */
export function makeHttpServer(pool: SessionPool, access: Access): Server {
  const server = createServer(
    { requestTimeout: 120_000, headersTimeout: 10_000, keepAliveTimeout: 60_000 },
    (request, response) => {
      handle(request, response, pool, access).catch((error: unknown) => sendError(response, error));
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  pool: SessionPool,
  access: Access,
): Promise<void> {
  // A server says so to whoever only looks whether it is there.
  if (request.url === '/ping' || (request.url === '/' && request.method !== 'POST')) {
    response.end('Ok.\n');
    return;
  }
  authorize(request, access.username, access.password);
  const query = await readQuery(request);
  const queryId = query.queryId || randomUUID();
  // The engine takes no query id from us; this comment finds the query again, to kill it.
  const tag = `/* query ${queryId} ${randomUUID()} */`;
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  let done = false;
  response.once('close', () => {
    if (!done) void kill(pool, tag);
  });
  try {
    const nice = query.isReadOnly ? access.nice.reads : access.nice.inserts;
    const settings = new Map(query.context.settings).set('os_threads_nice_value_query', String(nice));
    await pool.use(
      { ...query.context, settings },
      (session) => run(session, query, `${tag} ${query.sql}`, response),
      query.isReadOnly,
    );
  } finally {
    done = true;
  }
}

async function run(
  session: Session,
  query: QueryRequest,
  sql: string,
  response: ServerResponse,
): Promise<void> {
  if (response.destroyed) return;
  const format = NAMED_FORMAT.exec(query.sql)?.[1] ?? query.format;
  if (!mayStream(query.sql) || !STREAMED_FORMATS.test(format)) {
    const result = await session.queryAsync(sql, { format: query.format });
    response.setHeader(
      'X-ClickHouse-Summary',
      JSON.stringify({ read_rows: String(result.rowsRead), read_bytes: String(result.bytesRead) }),
    );
    response.end(result.bytes());
    return;
  }
  const stream = session.queryStream(sql, { format: query.format });
  const chunks = stream[Symbol.asyncIterator]();
  // The first chunk decides the status: an error before it is an error of the whole reply.
  let next = await chunks.next();
  if (next.done) {
    response.end();
    return;
  }
  const sink = query.gzipReply ? createGzip({ level: 1 }) : response;
  if (sink !== response) {
    response.setHeader('Content-Encoding', 'gzip');
    sink.pipe(response);
  }
  try {
    for (; !next.done && !response.destroyed; next = await chunks.next())
      if (!sink.write(next.value.raw())) await drained(sink, response);
    sink.end();
    if (!response.destroyed) await finished(response);
  } catch (error) {
    // The status is gone out: a cut connection is the only honest sign that the rows are not all.
    response.destroy(error as Error);
  } finally {
    stream.cancel();
  }
}

/** Until the reader has caught up, or is gone. */
function drained(sink: NodeJS.EventEmitter, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      sink.off('drain', done);
      response.off('close', done);
      resolve();
    };
    sink.on('drain', done);
    response.on('close', done);
  });
}

async function kill(pool: SessionPool, tag: string): Promise<void> {
  const context = { database: 'default', settings: new Map(), params: new Map([['tag', tag]]) };
  try {
    // Never SYNC: it waits for ever when the query has ended meanwhile.
    await pool.use(context, (session) =>
      session.queryAsync('KILL QUERY WHERE startsWith(query, {tag:String}) ASYNC'),
    );
  } catch {
    // The query ends by its own limits.
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ProtocolError ? error.code : Number(/Code: (\d+)/.exec(message)?.[1] ?? 1001);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.statusCode = error instanceof ProtocolError ? error.status : (STATUS[code] ?? 500);
  response.setHeader('X-ClickHouse-Exception-Code', String(code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.end(
    `${/^Code: \d+/.test(message) ? message : `Code: ${code}. DB::Exception: ${message} (STD_EXCEPTION)`}\n`,
  );
}
