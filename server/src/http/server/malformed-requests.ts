import { ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { errorReply, formError } from './errors.js';

// What never reaches a route: Node or Fastify answers it before our error handler, in a shape of its own or with no body.

/** A path with a broken %-escape or with an id that is too long to exist: what Fastify refuses before a route is chosen. */
export function answerBadUrl(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH')
    void reply.code(404).send(errorReply('not_found', 'No id is that long.'));
  else void reply.code(400).send(formError('The path is not a valid URL.'));
}

interface Refusal {
  status: number;
  body: object;
}

/** By the parser's code for what is wrong. */
const MALFORMED: Record<string, Refusal> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    body: errorReply('request_timeout', 'The request took too long to arrive.'),
  },
  HPE_HEADER_OVERFLOW: { status: 431, body: errorReply('headers_too_large', 'The headers are too large.') },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    body: errorReply('body_too_large', 'The chunk extensions are too large.'),
  },
};
const OTHER: Refusal = { status: 400, body: formError('Not a valid HTTP request.') };

const BEFORE_ROUTES = {
  no_host: { status: 400, body: formError('The Host header is missing.') },
  expectation: {
    status: 417,
    body: errorReply('expectation_failed', 'Only 100-continue can be expected.'),
  },
  connect: { status: 405, body: errorReply('method_not_allowed', 'This server is no proxy.') },
} satisfies Record<string, Refusal>;

function write(socket: Duplex, { status, body }: Refusal): void {
  const text = JSON.stringify(body);
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` +
        `Content-Type: application/json; charset=utf-8\r\nConnection: close\r\n\r\n${text}`,
    );
}

/** A well-formed request that no route may see. Its connection ends with the reply. */
export function answerBeforeRoutes(to: ServerResponse | Duplex, why: keyof typeof BEFORE_ROUTES): void {
  const refusal = BEFORE_ROUTES[why];
  if (to instanceof ServerResponse) {
    const text = JSON.stringify(refusal.body);
    to.writeHead(refusal.status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      connection: 'close',
    });
    to.end(text);
    return;
  }
  write(to, refusal);
  to.destroy();
}

/** Bytes that are no HTTP request, or too many, or too slow; nothing more can be read from this connection. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  write(socket, MALFORMED[error.code ?? ''] ?? OTHER);
  socket.destroy(error);
}
