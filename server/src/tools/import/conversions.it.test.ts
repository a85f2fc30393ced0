import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConversionImportReply } from '../../conversions/import-wire.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';
import { CONVERSION_FIELDS, importConversions } from './conversions.js';
import { ImportIds } from './import-id.js';
import { parseMap } from './map.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

/** As the command imports a file, through the server's route. */
const run = (text: string, map = '') =>
  importConversions({
    stream: Readable.from([Buffer.from(text)]),
    name: 'conversions.csv',
    map: parseMap(map, CONVERSION_FIELDS, 'a conversion'),
    ids: new ImportIds(1),
    submit: async (conversions) => {
      const reply = await system.post('/api/v1/admin/import/conversions', {
        tenantId: 1,
        file: 'conversions.csv',
        conversions,
      });
      expect(reply.statusCode, reply.body).toBe(202);
      return (reply.json() as ConversionImportReply).results;
    },
    retry: { attemptsMax: 1, firstDelayMs: 0, delayMsMax: 0, sleep: async () => undefined },
  });
const count = async (where: string, values: unknown[]) =>
  (await system.pool.query(`SELECT count(*)::integer AS n FROM conversions WHERE ${where}`, values)).rows[0]
    .n;

it('imports a file by a map of its columns, whatever their age, and counts nothing when it is run again', async () => {
  const click = randomUUID();
  const csv = [
    'Order;Click;Sum;Cur;When',
    `import-1;${click};19.99;EUR;2019-03-01T10:00:00Z`,
    `import-2;${click};1e3;EUR;2019-03-01T10:00:00Z`,
    `import-3;nobody;1;EUR;2019-03-01T10:00:00Z`,
    `import-4;${click};0.000001;EUR;2019-03-01`,
    `import-5;${click};;;2019-03-02T10:00:00+02:00`,
  ].join('\n');
  const map = 'order_id=Order,click_id=Click,value=Sum,currency=Cur,timestamp=When,action:=sale';
  const first = await run(csv, map);
  expect([first.lines, first.accepted, first.duplicates, first.errors.count]).toEqual([5, 2, 0, 3]);
  expect(first.errors.causes.map(({ line }) => line).sort()).toEqual([3, 4, 5]);
  const again = await run(csv, map);
  expect([again.accepted, again.duplicates, again.errors.count]).toEqual([0, 2, 3]);
  expect(await count("source = 'import' AND click_id = $1", [click])).toBe(2);
});

it('derives IDs for lines without an order: equal lines of one file are several, and the file again is none', async () => {
  const line = `{"action":"lead","user_id":"user-of-import","timestamp":"2020-01-01T00:00:00Z","value":0.5,"currency":"USD"}`;
  const ndjson = `${line}\n${line}\n`;
  expect((await run(ndjson)).accepted).toBe(2);
  expect(await run(ndjson)).toMatchObject({ accepted: 0, duplicates: 2 });
  expect(await count('user_id = $1 AND value_micros = 500000', ['user-of-import'])).toBe(2);
});

it('takes more than one batch', async () => {
  const lines = Array.from(
    { length: 2_001 },
    (_, i) => `bulk-${i},${randomUUID()},sale,2021-01-01T00:00:00Z`,
  );
  const summary = await run(['order_id,click_id,action,timestamp', ...lines].join('\n'));
  expect(summary).toMatchObject({ lines: 2_001, accepted: 2_001, errors: { count: 0 } });
});

it('says what a file lacks, and that a map names no such field', async () => {
  await expect(run('order,when\n1,2')).rejects.toThrow(
    /no column for action, timestamp, click_id or user_id/,
  );
  expect(() => parseMap('ad_id=x', CONVERSION_FIELDS, 'a conversion')).toThrow(
    '"ad_id" is no field of a conversion',
  );
});

it('is for the tenant of its caller, and a time is required', async () => {
  const other = await system.post('/api/v1/admin/import/conversions', {
    tenantId: 99,
    file: 'x',
    conversions: [{}],
  });
  expect(other.statusCode).toBe(404);
  const reply = await system.post('/api/v1/admin/import/conversions', {
    tenantId: 1,
    file: 'x',
    conversions: [{ action: 'sale', click_id: randomUUID() }],
  });
  expect(reply.json()).toEqual({ results: [{ error: 'timestamp: Required in an import' }] });
});
