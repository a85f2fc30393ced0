import { createServer } from 'node:net';
import { ClickHouseError, createClient } from '@clickhouse/client';
import pg from 'pg';
import { expect, it } from 'vitest';
import { isTransient } from './transient.js';

const postgres = (code: string, constraint?: string) =>
  Object.assign(new pg.DatabaseError('said', 4, 'error'), { code, constraint });
const clickhouse = (code: string) => new ClickHouseError({ message: 'said', code, type: 'X' });
const node = (code: string) => Object.assign(new Error(code), { code });

it.each<[string, unknown]>([
  ['a connection that PostgreSQL ends', postgres('57P01')],
  ['a statement that took too long', postgres('57014')],
  ['no connection free', postgres('53300')],
  ['a full disk', postgres('53100')],
  ['a connection failure', postgres('08006')],
  ['a lock not available', postgres('55P03')],
  ['a serialization failure', postgres('40001')],
  ['a deadlock', postgres('40P01')],
  ['a day without a partition', postgres('23514')],
  ...['159', '202', '209', '210', '241'].map((code): [string, unknown] => [
    `ClickHouse's ${code}`,
    clickhouse(code),
  ]),
  ['a connection refused', node('ECONNREFUSED')],
  ['a connection reset', node('ECONNRESET')],
  ['a name not found', node('EAI_AGAIN')],
  ['a limit of time of fetch', new TypeError('fetch failed', { cause: node('UND_ERR_HEADERS_TIMEOUT') })],
  ['a connection tried at two addresses', new AggregateError([node('ECONNREFUSED'), node('ECONNREFUSED')])],
  ['a signal that timed out', new DOMException('late', 'TimeoutError')],
  ['a connection of the pool that is lost', new Error('Connection terminated unexpectedly')],
  ['a pool with no connection', new Error('timeout exceeded when trying to connect')],
])('%s is transient', (_what, error) => {
  expect(isTransient(error)).toBe(true);
});

it.each<[string, unknown]>([
  ['a bug', new TypeError(`Cannot read properties of undefined (reading 'x')`)],
  ['a unique violation', postgres('23505')],
  ['a check that failed', postgres('23514', 'a_check')],
  ['an unknown table', postgres('42P01')],
  ['an unknown column in ClickHouse', clickhouse('47')],
  ['a statement that ClickHouse can not read', clickhouse('62')],
  ['a file that is not there', node('ENOENT')],
  ['what is no error', 'boom'],
  ['a bug with a bug as its cause', new Error('outer', { cause: new TypeError('inner') })],
])('%s is not', (_what, error) => {
  expect(isTransient(error)).toBe(false);
});

/** Whatever the versions of the clients in use say, as they say it. */
it('the errors of the real clients are transient when nobody listens, hangs up or answers', async () => {
  const server = createServer((socket) => socket.destroy());
  const mute = createServer(() => undefined);
  for (const one of [server, mute]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  const portOf = (one: typeof server) => (one.address() as { port: number }).port;
  const caught = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    );
  const pool = (port: number) =>
    new pg.Pool({ host: '127.0.0.1', port, connectionTimeoutMillis: 200, user: 'x', password: 'x' });
  const engine = (port: number) =>
    createClient({ url: `http://127.0.0.1:${port}`, request_timeout: 200, log: { level: 127 } });
  const nobody = createServer();
  await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
  const free = portOf(nobody);
  await new Promise((resolve) => nobody.close(resolve));
  for (const port of [portOf(server), portOf(mute), free]) {
    expect(await caught(pool(port).query('SELECT 1'))).toSatisfy(isTransient);
    expect(await caught(engine(port).query({ query: 'SELECT 1' }))).toSatisfy(isTransient);
    if (port !== portOf(mute)) expect(await caught(fetch(`http://127.0.0.1:${port}`))).toSatisfy(isTransient);
  }
  server.close();
  mute.close();
});
