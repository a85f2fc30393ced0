import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { boolArray, int4Array, int8Array, textArray, uuidArray } from './binary-arrays.js';

let system: TestSystem;
let pool: pg.Pool;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
  pool = system.pool;
});
afterAll(() => system.close());

/** What PostgreSQL reads out of a binary array. */
const read = async (type: string, array: Buffer) =>
  (await pool.query({ text: `SELECT $1::${type}[] AS read`, values: [array] })).rows[0].read;

const text = fc.string({ unit: 'grapheme-composite', maxLength: 60 }).filter((one) => !one.includes('\0'));

it.each<[string, (values: never[]) => Buffer, fc.Arbitrary<unknown>]>([
  ['text', textArray, fc.oneof(text, fc.constant(null), fc.constantFrom('', '{}', 'NULL', '"', '\\', ','))],
  ['int4', int4Array, fc.integer()],
  ['int8', int8Array, fc.maxSafeInteger()],
  ['bool', boolArray, fc.boolean()],
  ['uuid', uuidArray, fc.uuid()],
])('%s[] arrives in PostgreSQL as it was', async (type, encode, element) => {
  await fc.assert(
    fc.asyncProperty(fc.array(element, { maxLength: 50 }), async (values) => {
      const arrived = await read(type, encode(values as never[]));
      // The driver gives the elements of a bigint[] as text.
      expect(type === 'int8' ? arrived.map(Number) : arrived).toEqual(values);
    }),
    { numRuns: 60 },
  );
});

it.each(['not-one', '', '0193e1a0-0000-7000-8000-00000000000g', '0193e1a0-0000-7000-8000-0000000000001'])(
  'refuses %j, which is no UUID',
  (text) => {
    expect(() => uuidArray([text])).toThrow(RangeError);
  },
);
