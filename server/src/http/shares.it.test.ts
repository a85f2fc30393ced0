import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addKey } from '../accounts/api-keys.js';
import { CONNECTIONS_EACH_MAX } from '../ledger/database.js';
import { hashToken, newApiKey } from '../lib/tokens.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { EXPORTS } from './routes/export.js';

/** More than the sockets between an export and a reader that takes nothing hold. */
const BATCHES = 30;
const OTHER = 2;

let system: TestSystem;
let url: string;
const keys = new Map<number, string>();

beforeAll(async () => {
  system = await startTestSystem();
  for (let i = 0; i < BATCHES; i++)
    await system.post('/api/v1/clicks/batch', {
      clicks: Array.from({ length: 1_000 }, () =>
        aClick({ referrer: `https://x.example/${'r'.repeat(500)}` }),
      ),
    });
  await system.caughtUp();
  await system.pool.query(`INSERT INTO tenants (tenant_id, slug, name) VALUES ($1, 'other', 'Other')`, [
    OTHER,
  ]);
  for (const tenantId of [1, OTHER]) {
    const { key, hint } = newApiKey(['read', 'admin']);
    keys.set(tenantId, key);
    const settings = {
      name: 'test',
      scopes: ['read' as const, 'admin' as const],
      origins: [],
      requests_per_second: null,
      expires_at: null,
    };
    await addKey(
      system.pool as unknown as pg.PoolClient,
      tenantId,
      { ...settings, createdBy: 'test' },
      { hash: hashToken(key), hint },
    );
  }
  await system.services.access.refresh();
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => system?.close());

interface Held {
  request: ClientRequest;
  response: IncomingMessage;
}

/** Begins an export whose reader takes nothing. */
const hold = (tenantId: number): Promise<Held> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${keys.get(tenantId)}` };
    const range = 'start_time=2000-01-01T00:00:00Z&end_time=2099-01-01T00:00:00Z';
    const request = get(`${url}/api/v1/export/clicks.csv?${range}`, { headers, agent: false }, (response) =>
      resolve({ request, response: response.pause() }),
    );
    request.on('error', reject);
  });

it("a tenant's slow readers take its share of the exports, and leave the rest to others", async () => {
  const held: Held[] = [];
  for (let i = 0; i < EXPORTS.each; i++) held.push(await hold(1));
  expect(held.map(({ response }) => response.statusCode)).toEqual(Array(EXPORTS.each).fill(200));
  const refused = await hold(1);
  expect([refused.response.statusCode, refused.response.headers['retry-after']]).toEqual([503, '10']);
  const other = await hold(OTHER);
  expect(other.response.statusCode).toBe(200);
  for (const { request, response } of [...held, refused, other]) {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.destroy();
  }
  // What a reader that went away held is given back.
  await until(
    async () => {
      const { request, response } = await hold(1);
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      request.destroy();
      return response.statusCode;
    },
    (status) => status === 200,
  );
});

it("a tenant's changes that wait for each other leave connections of the ledger to others", async () => {
  const { pool } = system;
  const addEntry = (tenantId: number, i: number) =>
    fetch(`${url}/api/v1/fraud/lists`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.get(tenantId)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ list: 'block', kind: 'address', value: `203.0.113.${i}` }),
    });
  expect((await addEntry(1, 0)).status).toBe(201);
  const client = await pool.connect();
  const flood: Promise<Response>[] = [];
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM fraud_revisions WHERE tenant_id = 1 FOR UPDATE');
    // More than there are connections.
    for (let i = 1; i <= 40; i++) flood.push(addEntry(1, i));
    const waiting = () =>
      pool.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%fraud_list_entries%'`,
      );
    await until(waiting, ({ rowCount }) => rowCount === CONNECTIONS_EACH_MAX);
    expect((await addEntry(OTHER, 0)).status).toBe(201);
    expect((await waiting()).rowCount).toBe(CONNECTIONS_EACH_MAX);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  expect((await Promise.all(flood)).map(({ status }) => status)).toEqual(Array(40).fill(201));
});
