import { expect, test } from 'vitest';
import { browserZone } from '../lib/zone-names.js';
import {
  carryView,
  parseSearch,
  readView,
  stringifySearch,
  type View,
  viewOf,
  viewToSearch,
} from './search.js';

const view = (change: Partial<View> = {}): View => ({
  choice: { preset: '24h' },
  zone: browserZone,
  granularity: undefined,
  compare: { kind: 'previous' },
  filters: [],
  ...change,
});

test.each<[string, View]>([
  ['the default', view()],
  [
    'a preset, uncompared',
    view({ choice: { preset: '12mo' }, compare: { kind: 'off' }, granularity: 'day' }),
  ],
  ['whole days with today', view({ choice: { preset: '7d', withToday: true }, compare: { kind: 'year' } })],
  ['a custom comparison', view({ compare: { kind: 'custom', fromMs: 60_000, toMs: 120_000 } })],
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

const zone = encodeURIComponent(browserZone);

test('a link names the zone, also the own one: elsewhere the days begin at other times', () => {
  expect(stringifySearch(viewToSearch(view()))).toBe(`?tz=${zone}`);
});

test('an address reads as people would write it', () => {
  const filters = [{ dimension: 'country', not: false, values: ['DE', 'FR'] }] as const;
  expect(stringifySearch(viewToSearch(view({ filters })))).toBe(`?tz=${zone}&country=DE&country=FR`);
});

test.each<[string, string[]]>([
  ['range=forever', ['range=forever']],
  ['range=custom&from=x', ['range=custom', 'from=x']],
  ['range=custom&from=2026-13-45&to=2026-11-01', ['range=custom', 'from=2026-13-45', 'to=2026-11-01']],
  ['range=__proto__', ['range=__proto__']],
  ['tz=Mars/Olympus&by=week', ['tz=Mars/Olympus', 'by=week']],
  ['tz=%2B05:30', ['tz=+05:30']],
  ['compare=sideways', ['compare=sideways']],
  ['device_type=fridge', ['device_type=fridge']],
  ['country=Germany&not_country=1', ['country=Germany', 'not_country=1']],
  ['campaign_id=', ['campaign_id=']],
])('a broken address (%s) gives the default view, and says what was left out', (address, dropped) => {
  expect(readView(parseSearch(address))).toEqual({ view: view(), dropped });
});

test('of a filter only the values that mean something are kept', () => {
  const read = readView(parseSearch('device_type=fridge&device_type=mobile'));
  expect(read.view.filters).toEqual([{ dimension: 'device_type', not: false, values: ['mobile'] }]);
  expect(read.dropped).toEqual(['device_type=fridge']);
});

test.each([
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['asia/kolkata', 'Asia/Kolkata'],
  ['US/Pacific', 'America/Los_Angeles'],
])('the zone %s is known as %s', (given, name) => {
  expect(readView({ tz: given })).toMatchObject({ view: { zone: name }, dropped: [] });
});

test('from page to page go range and filters, not what belongs to one page', () => {
  expect(carryView(parseSearch('range=7d&tab=ad_id&os=iOS&q=x'))).toEqual({ range: '7d', os: 'iOS' });
});
