import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashToken, newToken } from '../lib/tokens.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { hashPassword } from './password.js';
import { addReset } from './password-resets.js';

/** More than a node hashes and keeps waiting, which are 21. */
const FLOOD = 40;
const PASSWORD = 'correct horse battery';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system?.close());

/** Does something while all hashes of the node are taken, from before its start to after its end. */
async function whileFull<T>(work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const flood = Array.from({ length: FLOOD }, async () => {
    while (!isOver) {
      await hashPassword('another').catch(() => undefined);
      await new Promise(setImmediate);
    }
  });
  try {
    return await work();
  } finally {
    isOver = true;
    await Promise.all(flood);
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
