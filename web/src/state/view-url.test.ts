import { expect, test } from 'vitest';
import { fromSearch, toSearch } from './view-url.js';

test('a view survives its address', () => {
  const views = [
    { choice: { preset: '24h' }, filters: {} },
    { choice: { preset: '7d' }, filters: { campaign_id: 'a & b', country: '', device_type: 'mobile' } },
    { choice: { preset: 'custom', fromMs: 1_000, toMs: 61_000 }, filters: { browser: 'Firefox' } },
  ] as const;
  for (const view of views) expect(fromSearch(toSearch(view))).toEqual(view);
});

test('the default view has a clean address', () => {
  expect(toSearch({ choice: { preset: '24h' }, filters: {} })).toBe('');
});

test('a broken address gives the default range', () => {
  for (const search of ['?range=forever', '?range=custom&from=x', '?range=__proto__'])
    expect(fromSearch(search)).toEqual({ choice: { preset: '24h' }, filters: {} });
});
