import type { FastifyInstance, RouteOptions } from 'fastify';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Trace, Tracing } from '../../lib/tracing/tracing.js';
import type { FastPath } from '../fast-path/fast-path.js';

declare module 'fastify' {
  interface FastifyRequest {
    trace: Trace | null;
  }
}

/** Clicks are measured by the batch, where they are committed: a clock and a label for each of 10,000 requests a second is dear. */
const CLICK_ROUTES = new Set(['/api/v1/clicks', '/api/v1/clicks/batch', '/r/:slug']);

/** Times, and traces if they are on, of every route but those that bring clicks; open connections. Call it before the routes are made. */
export function measureRequests(app: FastifyInstance, registry: Registry, tracing: Tracing | null): void {
  const seconds = new Histogram({
    name: 'clickledger_http_request_seconds',
    help: 'Time of a request, by route and class of its status; without the routes that bring clicks.',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers: [registry],
  });
  app.decorateRequest('trace', null);
  app.addHook('onRoute', (route) => {
    if (CLICK_ROUTES.has(route.url)) return;
    const name = `${route.method} ${route.url}`;
    if (tracing)
      add(route, 'onRequest', (request, _reply, done) => {
        const parent = request.headers.traceparent;
        request.trace = tracing.begin(name, [typeof parent === 'string' ? parent : undefined]);
        done();
      });
    add(route, 'onResponse', (request, reply, done) => {
      const { statusCode } = reply;
      seconds.observe(
        { route: route.url, status: `${Math.floor(statusCode / 100)}xx` },
        reply.elapsedTime / 1_000,
      );
      request.trace?.end(
        {
          'http.response.status_code': statusCode,
          'http.route': route.url,
          'clickledger.request_id': request.id,
        },
        statusCode >= 500 ? String(statusCode) : undefined,
      );
      done();
    });
  });
  meterConnections(app, registry);
}

/** How much of what comes takes the short way: a balancer that changes something can send all of it the long way. */
export function measureFastPath({ totals }: FastPath, registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: 'clickledger_http_fast_path_requests_total',
    help: 'Clicks and redirects taken on the short way, without the HTTP server: replies 200, 202, and 302.',
    registers,
    collect() {
      this.reset();
      this.inc(totals.taken);
    },
  });
  new Counter({
    name: 'clickledger_http_fast_path_handed_over_total',
    help: 'Connections that the short way gave to the HTTP server, for what they sent; those of dashboards and probes among them.',
    registers,
    collect() {
      this.reset();
      this.inc(totals.givenAway);
    },
  });
}

type Hook = 'onRequest' | 'onResponse';
type HookOf<K extends Hook> = Extract<NonNullable<RouteOptions[K]>, (...args: never[]) => void>;

function add<K extends Hook>(route: RouteOptions, hook: K, run: HookOf<K>): void {
  route[hook] = [...[route[hook] ?? []].flat(), run] as RouteOptions[K];
}

function meterConnections(app: FastifyInstance, registry: Registry): void {
  const { server } = app;
  const refused = new Counter({
    name: 'clickledger_http_connections_refused_total',
    help: 'Connections closed unread because as many as may be were open.',
    registers: [registry],
  });
  server.on('drop', () => refused.inc());
  new Gauge({
    name: 'clickledger_http_connections',
    help: 'Open connections to this process.',
    registers: [registry],
    collect() {
      return new Promise((resolve) =>
        server.getConnections((_error, count) => {
          this.set(count ?? 0);
          resolve();
        }),
      );
    },
  });
}
