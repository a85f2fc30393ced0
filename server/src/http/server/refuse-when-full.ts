import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Ingest } from '../../ingest/ingest.js';
import { Refused } from '../../ingest/submission.js';
import { quickCallerOf } from './authenticate.js';
import { RETRY_AFTER_SECONDS } from './errors.js';
import { answerBeforeRoutes } from './malformed-requests.js';
import { requestIdOf } from './request-id.js';
import type { Services } from './services.js';

/** Made once: it is said thousands of times a second, and only then. */
export const QUEUE_FULL = JSON.stringify(new Refused('queue_full').body);
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(Buffer.byteLength(QUEUE_FULL)),
  'retry-after': String(RETRY_AFTER_SECONDS),
};

const CLICK_ROUTES = new Set(['/api/v1/clicks', '/api/v1/clicks/batch', '/api/v1/admin/import']);

/** Whether a request wants clicks stored. */
export const bringsClicks = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'POST' && CLICK_ROUTES.has(url);

/**
 * The HTTP server under Fastify. While the queue is full for their tenant, clicks are refused here, before their body is read and
 * checked: past saturation the time spent on saying no is what is left for the clicks that are taken.
 */
export function makeServer(
  options: {
    requestTimeout: number;
    keepAliveTimeout: number;
    headersTimeout: number;
    connectionsCheckingInterval: number;
  },
  services: Pick<Services, 'access' | 'ingest'>,
  handle: RequestListener,
): Server {
  const { ingest } = services.ingest ?? {};
  /** Who is not known at a glance (a browser, somebody without a key) is not refused here: what follows knows them. */
  const isFullFor = (request: IncomingMessage): boolean => {
    const sender = quickCallerOf(request.headers, request.socket, services);
    return sender !== null && ingest?.isFullFor(sender.caller.tenantId) === true;
  };
  // A request without Host is answered below, in our shape.
  const server = createServer({ ...options, requireHostHeader: false }, (request, response) => {
    if (ingest && bringsClicks(request) && isFullFor(request)) refuse(ingest, request, response);
    else if (request.headers.host === undefined && request.httpVersion === '1.1')
      answerBeforeRoutes(response, 'no_host');
    else handle(request, response);
  });
  server.on('checkExpectation', (_request, response) => answerBeforeRoutes(response, 'expectation'));
  // Without a listener Node hangs up in silence.
  server.on('connect', (_request, socket) => answerBeforeRoutes(socket, 'connect'));
  return server;
}

function refuse(ingest: Ingest, request: IncomingMessage, response: ServerResponse): void {
  ingest.refusedUnread();
  response.writeHead(503, { ...HEADERS, 'x-request-id': requestIdOf(request) });
  response.end(QUEUE_FULL);
}
