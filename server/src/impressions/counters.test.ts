import { expect, it } from 'vitest';
import { ImpressionCounters, type ShownAd } from './counters.js';

const NOW = Date.UTC(2026, 10, 28, 9, 59, 59);
const shown = (fields: Partial<ShownAd> = {}): ShownAd => ({
  tenantId: 1,
  adId: 'ad-1',
  linkId: 'link-1',
  country: 'DE',
  deviceType: 'mobile',
  ...fields,
});
const sumOf = (counters: ImpressionCounters) => counters.take().reduce((sum, { count }) => sum + count, 0);

it('adds up by link, hour, country and device, and is empty when its rows were taken', () => {
  const counters = new ImpressionCounters();
  for (let i = 0; i < 3; i++) counters.add(shown(), NOW);
  counters.add(shown({ country: 'FR' }), NOW);
  counters.add(shown(), NOW + 1_000);
  expect(counters.impressions).toBe(5);
  const rows = counters.take();
  expect(rows.map(({ count, country, hourMs }) => [count, country, new Date(hourMs).toISOString()])).toEqual([
    [3, 'DE', '2026-11-28T09:00:00.000Z'],
    [1, 'FR', '2026-11-28T09:00:00.000Z'],
    [1, 'DE', '2026-11-28T10:00:00.000Z'],
  ]);
  expect([counters.impressions, counters.take()]).toEqual([0, []]);
});

it('beyond a tenant’s share country and device are left unknown, then impressions are refused; what has a row is counted on', () => {
  const counters = new ImpressionCounters({ rowsMax: 100, rowsEachMax: 10 });
  const links = (count: number) => Array.from({ length: count }, (_, i) => `link-${i}`);
  expect(links(8).map((linkId) => counters.add(shown({ linkId }), NOW))).toEqual(Array(8).fill('counted'));
  expect(counters.add(shown({ linkId: 'link-8' }), NOW)).toBe('folded');
  expect(counters.add(shown({ linkId: 'link-9', country: 'FR' }), NOW)).toBe('folded');
  expect(counters.add(shown({ linkId: 'link-10' }), NOW)).toBe('refused');
  expect(counters.add(shown({ linkId: 'link-0' }), NOW)).toBe('counted');
  expect(counters.add(shown({ linkId: 'link-9', country: 'IT' }), NOW)).toBe('folded');
  expect(counters.impressions).toBe(12);
  expect(sumOf(counters)).toBe(12);
});

it('a tenant that uses up its share leaves the others theirs', () => {
  const counters = new ImpressionCounters({ rowsMax: 100, rowsEachMax: 10 });
  for (let i = 0; i < 1_000; i++) counters.add(shown({ linkId: `link-${i}` }), NOW);
  for (let i = 0; i < 8; i++)
    expect(counters.add(shown({ tenantId: 2, linkId: `link-${i}` }), NOW)).toBe('counted');
});

it('the rows of all tenants together are bounded', () => {
  const counters = new ImpressionCounters({ rowsMax: 100, rowsEachMax: 10 });
  const results = new Map<string, number>();
  for (let tenantId = 1; tenantId <= 20; tenantId++)
    for (let i = 0; i < 10; i++) {
      const result = counters.add(shown({ tenantId, linkId: `link-${i}` }), NOW);
      results.set(result, (results.get(result) ?? 0) + 1);
    }
  expect(results.get('refused')).toBe(100);
  expect(counters.take()).toHaveLength(100);
});
