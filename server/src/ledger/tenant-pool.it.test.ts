import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Turns } from '../lib/turns.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { tenantPool } from './tenant-pool.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system?.close());

/** A pool of one session; a pool's own options hide the password. */
const onlySession = () =>
  new pg.Pool({ ...system.pool.options, password: system.pool.options.password, max: 1 });
const whoAmI = `SELECT current_user AS role, current_setting('clickledger.tenant_id', true) AS tenant`;

it('a session that dies in the middle of a request is not used again, and the next request is its own tenant', async () => {
  const pids = async (pool: pg.Pool) => (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  const one = onlySession();
  one.on('connect', (client) => client.on('error', () => undefined)); // the session that is ended
  try {
    const before = await pids(one);
    const dying = expect(tenantPool(one, 7).query('SELECT pg_sleep(60)')).rejects.toThrow();
    await until(
      () =>
        system.pool.query(`SELECT FROM pg_stat_activity WHERE pid = $1 AND query LIKE '%pg_sleep%'`, [
          before,
        ]),
      ({ rowCount }) => rowCount === 1,
    );
    await system.pool.query('SELECT pg_terminate_backend($1)', [before]);
    await dying;
    const { rows } = await tenantPool(one, 8).query(whoAmI);
    expect(rows).toEqual([{ role: 'clickledger_request', tenant: '8' }]);
    expect(await pids(one)).not.toBe(before);
  } finally {
    await one.end();
  }
});

it('a session that is given back in the middle of a transaction keeps neither role nor tenant', async () => {
  const one = onlySession();
  try {
    const client = await tenantPool(one, 7).connect();
    await client.query('BEGIN');
    client.release();
    const { rows } = await one.query(whoAmI);
    expect(rows[0].role).not.toBe('clickledger_request');
    expect(rows[0].tenant ?? '').toBe('');
  } finally {
    await one.end();
  }
});

it('a request that gets no connection gives its turn back', async () => {
  const away = new pg.Pool({ host: '127.0.0.1', port: 1, max: 1 });
  const pool = tenantPool(away, 7, null, new Turns(1));
  for (let i = 0; i < 3; i++) await expect(pool.query(whoAmI)).rejects.toThrow('ECONNREFUSED');
  await away.end();
});

it.each([0, -1, 1.5, Number.NaN])('there is no tenant %s', (tenantId) => {
  expect(() => tenantPool(system.pool, tenantId)).toThrow('no tenant');
});
