import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../embedded/postgres/start.js';
import { silentLog } from '../lib/log.js';
import { openLedger } from './database.js';

const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-pg-'));
let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDir, password: 'p'.repeat(32), log: silentLog });
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

// Found by the fault test: PostgreSQL killed at the wrong moment took the server along.
it('a connection that is lost while it is in use ends its query, not the process', async () => {
  const pool = openLedger(postgres.connection, silentLog);
  const client = await pool.connect();
  const uncaught: unknown[] = [];
  const hear = (error: unknown) => uncaught.push(error);
  process.on('uncaughtException', hear);
  try {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const ended = new Promise((resolve) => client.once('end', resolve));
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    await ended;
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release(true);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(uncaught).toEqual([]);
  } finally {
    process.off('uncaughtException', hear);
    await pool.end();
  }
});
