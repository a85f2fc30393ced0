import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashToken, newToken } from '../lib/tokens.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { TooManyTries } from './fair-queue.js';
import { networkOf } from './network.js';
import { addReset } from './password-resets.js';

/** As many as one network may have hashed and waiting. */
const FULL = 5;
/** Where requests without a socket come from. */
const NETWORK = networkOf('127.0.0.1');
const PASSWORD = 'correct horse battery';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system?.close());

/** Does something while its network has no turn left to hash, from before its start to after its end. */
async function whileFull<T>(work: () => Promise<T>): Promise<T> {
  let open = () => {};
  const isOver = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { hashing } = system.services;
  const turns = Array.from({ length: FULL }, () => hashing.run(NETWORK, () => isOver));
  await expect(hashing.run(NETWORK, () => isOver)).rejects.toThrow(TooManyTries);
  try {
    return await work();
  } finally {
    open();
    await Promise.all(turns);
  }
}
const use = (path: string, token: string) =>
  system.post(`/api/v1/auth/${path}`, { token, password: PASSWORD });

test.each(['reset', 'invitation/accept'])(
  'a link that is none is refused before a password is hashed for it: %s',
  async (path) => {
    const answered = await whileFull(() => use(path, newToken()));
    expect(answered.statusCode, answered.body).toBe(404);
  },
);

test('a reset that has to wait for its turn to hash leaves its link good', async () => {
  const token = newToken();
  const { rows } = await system.pool.query(
    "INSERT INTO members (tenant_id, email, role) VALUES (1, 'a@example.org', 'analyst') RETURNING member_id",
  );
  await addReset(system.pool, rows[0].member_id, hashToken(token));
  expect((await whileFull(() => use('reset', token))).json().error.code).toBe('too_many_tries');
  expect((await use('reset', token)).statusCode).toBe(204);
  expect((await use('reset', token)).statusCode).toBe(404);
});
