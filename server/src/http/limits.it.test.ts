import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { QUERY_LIMITS } from '../analytics/client.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { buildApp } from './server/app.js';

const CONNECTIONS_MAX = 4;
let system: TestSystem;
let app: FastifyInstance;
let port: number;
beforeAll(async () => {
  system = await startTestSystem();
  app = await buildApp(
    { ...system.services, registry: new Registry() },
    {
      trustedProxies: [],
      limits: {
        headersTimeout: 300,
        requestTimeout: 600,
        keepAliveTimeout: 60_000,
        connectionsCheckingInterval: 50,
        connectionsMax: CONNECTIONS_MAX,
      },
    },
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as { port: number }).port;
});
afterAll(async () => {
  await app?.close();
  await system?.close();
});

/** A client that writes the text byte by byte, ever so slowly, and never ends. */
function dribble(text: string) {
  const socket: Socket = connect(port, '127.0.0.1');
  let at = 0;
  const timer = setInterval(() => socket.writable && socket.write(text[at++ % text.length] ?? ''), 25);
  let received = '';
  socket.on('data', (data) => (received += data));
  socket.on('error', () => undefined); // cut while it writes
  return new Promise<string>((resolve) =>
    socket.once('close', () => {
      clearInterval(timer);
      resolve(received);
    }),
  );
}

it('a client that dribbles its headers is cut off', async () => {
  expect(
    await dribble('POST /api/v1/clicks HTTP/1.1\r\nHost: localhost\r\nX-Slow: '.padEnd(100_000, 'a')),
  ).toMatch(/^(HTTP\/1.1 408 |$)/);
});

it('a client that dribbles its body is cut off, and nothing is stored', async () => {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (data) => (received += data));
  socket.on('error', () => undefined);
  socket.write(
    'POST /api/v1/clicks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{',
  );
  const timer = setInterval(() => socket.writable && socket.write(' '), 25);
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  // Who goes on writing to a closed connection may lose the reply that is on its way.
  expect(received).toMatch(/^(HTTP\/1.1 408 |$)/);
  expect((await system.services.stats()).ledger.clicks).toBe(0);
});

it('no more connections are open than may be, the next is closed, and one that ends makes room', async () => {
  const idle = Array.from({ length: CONNECTIONS_MAX }, () => connect(port, '127.0.0.1'));
  for (const socket of idle) {
    socket.on('error', () => undefined);
    // A whole request: from then on it is kept alive, and no limit of a request ends it.
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
  }
  const refused = connect(port, '127.0.0.1');
  refused.on('error', () => undefined);
  await new Promise((resolve) => refused.once('close', resolve));
  idle[0]?.destroy();
  await until(
    () => fetch(`http://127.0.0.1:${port}/health/live`).catch(() => null),
    (response) => response?.status === 200,
  );
  for (const socket of idle) socket.destroy();
});

it('a query of analytics can only read, and takes no more time and memory than it may', async () => {
  const analytics = system.services.operatorAnalytics;
  if (!analytics) throw new Error('no analytics');
  const run = (query: string, settings: Record<string, string | number>) =>
    analytics
      .query({ query, format: 'JSONEachRow', clickhouse_settings: { ...QUERY_LIMITS, ...settings } })
      .then((result) => result.json());
  await expect(run('DROP TABLE click_events', {})).rejects.toMatchObject({ code: '164' });
  await expect(run('INSERT INTO click_events (tenant_id) SELECT 1', {})).rejects.toMatchObject({
    code: '164',
  });
  await expect(
    run('SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))', {
      max_execution_time: 1,
    }),
  ).rejects.toMatchObject({ code: '159' });
  await expect(
    run('SELECT groupArray(number) FROM numbers(100000000)', { max_memory_usage: '20000000' }),
  ).rejects.toMatchObject({ code: '241' });
  expect(QUERY_LIMITS).toMatchObject({
    max_execution_time: 10,
    max_memory_usage: '2000000000',
    readonly: '2',
  });
});
