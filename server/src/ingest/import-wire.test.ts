import { LIMITS } from '@clickledger/contract';
import { expect, it } from 'vitest';
import type { Click } from '../click/click.js';
import { NO_FACTS } from '../click/facts.js';
import { clicksOf, ImportBatch, resultsOf, toImportBatch, toImportReply } from './import-wire.js';

const aClick = (i: number, fields: Partial<Click> = {}): Click => ({
  tenantId: 7,
  clickId: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
  mayRepeat: i % 2 === 0,
  adId: `ad-${i % 3}`,
  campaignId: 'c',
  advertiserId: 'a',
  userId: i % 4 === 0 ? null : `user-${i}`,
  ipHash: i % 5 === 0 ? null : '0123456789abcdef0123456789abcdef',
  visitorKey: '0123456789abcdef',
  clickedAtMs: 1_700_000_000_000 + i,
  country: i % 2 ? 'DE' : '',
  deviceType: i % 3 ? 'mobile' : '',
  os: 'iOS',
  browser: 'Safari',
  userAgent: `agent ${i % 7}`,
  referrer: '',
  facts: {
    ...NO_FACTS,
    isDatacenter: i % 2 === 0,
    listed: i % 10 ? null : { list: 'block', kind: 'user', entryId: i },
  },
  ...fields,
});
const clicks = Array.from({ length: 100 }, (_, i) => aClick(i));
const overTheWire = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

it('clicks come out as they went in', () => {
  const batch = ImportBatch.parse(overTheWire(toImportBatch(clicks, 'a.csv')));
  expect(batch.file).toBe('a.csv');
  expect(clicksOf(batch)).toEqual(clicks);
});

it('the links of clicks come with them, and what no link brings is refused', () => {
  const link = { link_id: '0198f2a0-0000-7000-8000-000000000001', utm_source: 'news' };
  const landed = clicks.map((click, i) => (i % 3 ? { ...click, landing: JSON.stringify(link) } : click));
  expect(clicksOf(ImportBatch.parse(overTheWire(toImportBatch(landed))))).toEqual(landed);
  for (const landing of [
    'no JSON',
    '[]',
    '"text"',
    '{"other":"x"}',
    '{"sub1":1}',
    JSON.stringify({ sub1: 'x'.repeat(LIMITS.landingValueLengthMax + 1) }),
    `{"sub1":"x"${' '.repeat(LIMITS.landingBytesMax)}}`,
  ])
    expect(ImportBatch.safeParse(overTheWire(toImportBatch([aClick(1, { landing })]))).success).toBe(false);
});

it('what repeats travels once', () => {
  const { columns } = toImportBatch(clicks);
  expect(columns.userAgent.values).toHaveLength(7);
  expect(columns.facts.values).toHaveLength(12);
});

it.each<[string, (columns: ReturnType<typeof toImportBatch>['columns']) => void]>([
  ['userId', (columns) => columns.userId.pop()],
  ['os', (columns) => columns.os.at.pop()],
  ['adId', (columns) => columns.adId.at.fill(3)],
  ['adId', (columns) => columns.adId.values.fill('')],
  ['country', (columns) => columns.country.at.fill(-1)],
  ['clickId', (columns) => columns.clickId.fill('no id')],
  ['userAgent', (columns) => columns.userAgent.values.fill('a'.repeat(LIMITS.userAgentLengthMax + 1))],
])('a wrong column is named: %s', (name, spoil) => {
  const batch = toImportBatch(clicks);
  spoil(batch.columns);
  const { error } = ImportBatch.safeParse(overTheWire(batch));
  expect(error?.issues.map(({ path }) => path.slice(0, 2))).toContainEqual(['columns', name]);
});

it('more clicks than a batch may hold are refused', () => {
  const many = Array.from({ length: LIMITS.batchClicksMax + 1 }, (_, i) => aClick(i));
  expect(ImportBatch.safeParse(toImportBatch(many)).success).toBe(false);
});

it('the reply says what became of each', () => {
  const outcome = (isDuplicate: boolean, isFraudulent: boolean) => ({
    clickId: 'x',
    isDuplicate,
    isFraudulent,
  });
  const outcomes = [outcome(false, false), outcome(true, false), outcome(false, true), outcome(true, true)];
  expect(resultsOf(toImportReply(outcomes))).toEqual(
    outcomes.map(({ isDuplicate, isFraudulent }) => ({ isDuplicate, isFraudulent })),
  );
});

it('clicks of two tenants are no batch', () => {
  expect(() => toImportBatch([aClick(0), aClick(1, { tenantId: 8 })])).toThrow('more than one tenant');
});
