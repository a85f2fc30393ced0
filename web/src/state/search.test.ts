import { expect, test } from 'vitest';
import { browserZone } from '../lib/zone.js';
import { carryView, parseSearch, stringifySearch, type View, viewOf, viewToSearch } from './search.js';

const view = (change: Partial<View> = {}): View => ({
  choice: { preset: '24h' },
  zone: browserZone,
  granularity: undefined,
  compare: true,
  filters: [],
  ...change,
});

test.each<[string, View]>([
  ['the default', view()],
  ['a preset, uncompared', view({ choice: { preset: '12mo' }, compare: false, granularity: 'day' })],
  [
    'a range of its own',
    view({ choice: { preset: 'custom', fromMs: 60_000, toMs: 120_000 }, zone: 'Asia/Tokyo' }),
  ],
  [
    'filters of odd values',
    view({
      filters: [
        { dimension: 'campaign_id', not: false, values: ['a & b', '100%', 'ü'] },
        { dimension: 'country', not: true, values: [''] },
      ],
    }),
  ],
])('%s survives its address', (_, given) => {
  expect(viewOf(parseSearch(stringifySearch(viewToSearch(given))))).toEqual(given);
});

test('the default view has a clean address', () => {
  expect(stringifySearch(viewToSearch(view()))).toBe('');
});

test('an address reads as people would write it', () => {
  const filters = [{ dimension: 'country', not: false, values: ['DE', 'FR'] }] as const;
  expect(stringifySearch(viewToSearch(view({ filters })))).toBe('?country=DE&country=FR');
});

test.each(['?range=forever', '?range=custom&from=x', '?range=__proto__', '?tz=Mars/Olympus&by=week'])(
  'a broken address (%s) gives the default view',
  (address) => {
    expect(viewOf(parseSearch(address.slice(1)))).toEqual(view());
  },
);

test('from page to page go range and filters, not what belongs to one page', () => {
  expect(carryView(parseSearch('range=7d&tab=ad_id&os=iOS&q=x'))).toEqual({ range: '7d', os: 'iOS' });
});
