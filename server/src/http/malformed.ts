import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { errorReply, formError } from './errors.js';

// What never reaches a route: Fastify answers it before our error handler, in a shape of its own.

/** A path with a broken %-escape, the only error that Fastify raises before a route is chosen. */
export function answerBadUrl(_error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  void reply.code(400).send(formError('The path is not a valid URL.'));
}

const MALFORMED: Record<string, { status: number; body: object }> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    body: errorReply('request_timeout', 'The request took too long to arrive.'),
  },
  HPE_HEADER_OVERFLOW: { status: 431, body: errorReply('headers_too_large', 'The headers are too large.') },
};
const OTHER = { status: 400, body: formError('Not a valid HTTP request.') };

/** Bytes that are no HTTP request, or too many, or too slow; nothing more can be read from this connection. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, body } = MALFORMED[error.code ?? ''] ?? OTHER;
  const text = JSON.stringify(body);
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` +
        `Content-Type: application/json; charset=utf-8\r\nConnection: close\r\n\r\n${text}`,
    );
  socket.destroy(error);
}
