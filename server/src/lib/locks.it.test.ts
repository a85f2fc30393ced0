import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { LOCKS, tryLock, underLock } from './locks.js';

const TURNS = 100;
/** One that no loop of this system takes meanwhile. */
const LOCK = LOCKS.personalData;

const folder = mkdtempSync(join(tmpdir(), 'clickledger-locks-'));
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ DATA_DIR: folder, ROLES: 'ingest' });
});
afterAll(async () => {
  await system?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('what was given back can be had at once, and its session is used again', async () => {
  let opened = 0;
  system.pool.on('connect', () => opened++);
  for (let turn = 0; turn < TURNS; turn++) {
    const held = await tryLock(system.pool, LOCK);
    expect([turn, held]).not.toEqual([turn, null]);
    expect(await tryLock(system.pool, LOCK, 'shared')).toBeNull();
    await held?.release();
  }
  expect(opened).toBeLessThan(TURNS / 2);
});

it('work that throws gives its lock back', async () => {
  const failing = underLock(system.pool, LOCK, () => Promise.reject(new Error('of the work')));
  await expect(failing).rejects.toThrow('of the work');
  expect(await underLock(system.pool, LOCK, async () => 'done')).toBe('done');
});

it('a session that was cut does not keep its lock, nor fail who gives it back', async () => {
  const held = await tryLock(system.pool, LOCK);
  const { rows } = await system.pool.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND ((classid::bigint << 32) | objid::bigint) = $1`,
    [LOCK],
  );
  expect(rows).toHaveLength(1);
  await system.pool.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
  await expect(held?.check()).rejects.toThrow();
  await held?.release();
  const next = await tryLock(system.pool, LOCK);
  expect(next).not.toBeNull();
  await next?.release();
});
