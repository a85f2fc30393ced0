import { expect, it } from 'vitest';
import { makeLog, withoutValues } from './log.js';

it('an error in the log keeps the names in a store’s message and loses the values', () => {
  expect(withoutValues(`invalid input syntax for type uuid: "jane@example.org"`)).toBe(
    'invalid input syntax for type uuid: "…"',
  );
  expect(withoutValues(`Cannot parse string '203.0.113.9' as UInt64: while executing user_id`)).toBe(
    "Cannot parse string '…' as UInt64: while executing user_id",
  );
  expect(withoutValues(`duplicate key value violates unique constraint "click_keys_pkey"`)).toContain(
    'click_keys_pkey',
  );
  expect(withoutValues('Key (user_id)=(jane) already exists.')).toBe('Key (user_id)=(…) already exists.');
  expect(withoutValues('connect ECONNREFUSED 127.0.0.1:5432')).toBe('connect ECONNREFUSED 127.0.0.1:5432');
  expect(withoutValues('x'.repeat(10_000))).toHaveLength(500);
});

it('every line goes through it, and names the node', () => {
  const lines: string[] = [];
  const log = makeLog({ level: 'info', node: 'a' }, { write: (line) => void lines.push(line) });
  log.error({ error: `Cannot parse 'jane'` }, 'a request failed');
  log.debug('not at this level');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { node: 'a', level: 50, error: "Cannot parse '…'", msg: 'a request failed' },
  ]);
});
