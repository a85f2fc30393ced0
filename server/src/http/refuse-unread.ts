import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Ingest } from '../ingest/ingest.js';
import { errorReply, REFUSALS, RETRY_AFTER_SECONDS } from './errors.js';

const BODY = JSON.stringify(errorReply('queue_full', REFUSALS.queue_full.message));
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(Buffer.byteLength(BODY)),
  'retry-after': RETRY_AFTER_SECONDS,
};

/**
 * The HTTP server under Fastify. While the queue is full, a click is refused here, before its body is read and checked: past
 * saturation the time spent on saying no is what is left for the clicks that are taken.
 */
export function makeServer(
  options: { requestTimeout: number; keepAliveTimeout: number; headersTimeout: number },
  ingest: Ingest | null,
  handle: RequestListener,
): Server {
  if (!ingest) return createServer(options, handle);
  return createServer(options, (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== 'POST' || request.url !== '/api/v1/clicks' || !ingest.isFull)
      return handle(request, response);
    ingest.refusedUnread();
    response.writeHead(503, HEADERS);
    response.end(BODY);
  });
}
