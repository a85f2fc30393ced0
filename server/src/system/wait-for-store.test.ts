import { expect, it } from 'vitest';
import type { Log } from '../lib/log.js';
import { UnsupportedSchema } from '../lib/schema.js';
import { reach, StoreUnreachable } from './wait-for-store.js';

function watchedLog() {
  const waits: unknown[] = [];
  const log = { info() {}, error() {}, debug() {}, warn: (fields: object) => waits.push(fields) } as Log;
  return { waits, log };
}

it('a start waits for a server that is not there yet, and says for which', async () => {
  const { waits, log } = watchedLog();
  let tries = 0;
  const work = async () => {
    if (++tries < 3) throw new Error('connect ECONNREFUSED');
    return 'there';
  };
  expect(await reach('DATABASE_URL', work, { waitMsMax: 60_000, log })).toBe('there');
  expect(waits).toMatchObject([
    { waitsFor: 'DATABASE_URL', error: 'connect ECONNREFUSED' },
    { waitsFor: 'DATABASE_URL' },
  ]);
});

it('when the time is over, the error names the variable', async () => {
  const { waits, log } = watchedLog();
  const away = () => Promise.reject(new Error('connect ECONNREFUSED'));
  const failure = await reach('REDIS_URL', away, { waitMsMax: 500, log }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StoreUnreachable);
  expect(String(failure)).toContain('REDIS_URL: the server can not be used');
  expect(waits.length).toBeGreaterThan(0);
});

it('a wrong password is not waited for', async () => {
  const { waits, log } = watchedLog();
  const refused = () =>
    Promise.reject(Object.assign(new Error('password authentication failed'), { code: '28P01' }));
  await expect(reach('DATABASE_URL', refused, { waitMsMax: 60_000, log })).rejects.toThrow(
    /DATABASE_URL.*password/,
  );
  expect(waits).toEqual([]);
});

it('a schema that is newer than the code stays what it is', async () => {
  const { log } = watchedLog();
  const newer = () => Promise.reject(new UnsupportedSchema('newer'));
  await expect(reach('DATABASE_URL', newer, { waitMsMax: 60_000, log })).rejects.toBeInstanceOf(
    UnsupportedSchema,
  );
});
