import { afterAll, beforeAll, expect, it } from 'vitest';
import { readMarks } from '../../ledger/folds.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';
import { KnownMarks } from './marks.js';
import { AnalyticsTotals } from './totals.js';

let system: TestSystem;
let command: (query: string) => Promise<unknown>;
let totals: AnalyticsTotals;
beforeAll(async () => {
  system = await startTestSystem();
  const { analytics } = system;
  if (!analytics) throw new Error('no analytics');
  command = (query) =>
    analytics.command({ query, clickhouse_settings: { mutations_sync: '2', insert_deduplicate: 0 } });
  totals = new AnalyticsTotals(analytics, new KnownMarks(() => readMarks(system.pool)));
});
afterAll(() => system?.close());

const add = (day: string, clicks: number, fraud: number) =>
  command(
    `INSERT INTO clicks_by_hour (tenant_id, dimensions, bucket, clicks, fraud) VALUES (1, 0, toDateTime('${day} 12:00:00', 'UTC'), ${clicks}, ${fraud})`,
  );

it('the totals follow whatever is done to a month: added to, emptied row by row, dropped, and filled again', async () => {
  expect(await totals.read()).toEqual({ clicks: 0, fraudClicks: 0 });
  await add('2026-01-05', 100, 10);
  await add('2026-02-05', 50, 5);
  expect(await totals.read()).toEqual({ clicks: 150, fraudClicks: 15 });
  await add('2026-01-06', 7, 1);
  expect(await totals.read()).toEqual({ clicks: 157, fraudClicks: 16 });
  // The parts of the month stay for a while, without a row.
  await command(`ALTER TABLE clicks_by_hour DELETE WHERE toYYYYMM(bucket) = 202601`);
  expect(await totals.read()).toEqual({ clicks: 50, fraudClicks: 5 });
  await command(`ALTER TABLE clicks_by_hour DROP PARTITION 202602`);
  expect(await totals.read()).toEqual({ clicks: 0, fraudClicks: 0 });
  await add('2026-02-07', 3, 0);
  expect(await totals.read()).toEqual({ clicks: 3, fraudClicks: 0 });
});

it('a merge changes no total', async () => {
  const before = await totals.read();
  await command('OPTIMIZE TABLE clicks_by_hour FINAL');
  expect(await totals.read()).toEqual(before);
});
