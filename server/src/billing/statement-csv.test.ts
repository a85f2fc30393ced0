import { createHash } from 'node:crypto';
import type { StatementLine } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { CSV_VERSION, checksumOf, csvVersionOf, statementCsv } from './statement-csv.js';

const line: StatementLine = {
  campaign_id: 'autumn',
  campaign_name: '=Acme, "Ltd"',
  is_correction: false,
  pricing_model: 'cpc',
  price_micros: 95_000,
  cost_per_click_micros: 95_000,
  clicks: 12,
  flagged: 2,
  adjusted: -1,
  billable: 9,
  impressions: 0,
  conversions: 0,
  cost_micros: 855_000,
  cost: '0.855',
  fingerprint: '12345678901234567890',
};
const statement = (csvVersion: number) => ({
  csv_version: csvVersion,
  number: '2026-10-0001',
  period: '2026-10',
  from_time: '2026-10-01T00:00:00.000Z',
  to_time: '2026-11-01T00:00:00.000Z',
  time_zone: 'UTC',
  currency: 'USD',
  advertiser_id: 'acme',
  advertiser_name: null,
  lines: [line],
});
/** As the builds that made version 1 wrote it. */
const LINES = [
  '"statement","period","from","to","time_zone","advertiser_id","advertiser_name","campaign_id","campaign_name","clicks_of","clicks","flagged","adjusted","billable","cost_per_click","cost","currency","fingerprint"',
  `"2026-10-0001","2026-10","2026-10-01T00:00:00.000Z","2026-11-01T00:00:00.000Z","UTC","acme",,"autumn","'=Acme, ""Ltd""","this month",12,2,-1,9,0.095,0.855,"USD","12345678901234567890"`,
];

it.each([
  [1, '\n'],
  [CSV_VERSION, '\r\n'],
])('the file of version %i has the columns and the bytes that its checksum is of', (version, lineEnd) => {
  const file = LINES.map((text) => text + lineEnd).join('');
  expect(statementCsv(statement(version))).toBe(file);
  expect(checksumOf(statement(version))).toBe(createHash('sha256').update(file).digest('hex'));
});

it('a statement with more than clicks has a form of its own; one of clicks alone stays as programs know it', () => {
  expect(csvVersionOf([line])).toBe(CSV_VERSION);
  const shown = { ...line, pricing_model: 'cpm', clicks: 0, flagged: 0, adjusted: 0, billable: 0 } as const;
  const lines: StatementLine[] = [
    line,
    {
      ...shown,
      cost_per_click_micros: 0,
      price_micros: 1_500_000,
      impressions: 2_000,
      cost: '3',
      cost_micros: 3_000_000,
    },
  ];
  expect(csvVersionOf(lines)).toBe(3);
  const [head, ...rows] = statementCsv({ ...statement(3), lines }).split('\r\n');
  expect(head).toContain(
    '"events_of","pricing_model","clicks","flagged","adjusted","billable","impressions","conversions","price","cost"',
  );
  expect(rows[0]).toContain('"this month","cpc",12,2,-1,9,0,0,0.095,0.855,');
  expect(rows[1]).toContain('"this month","cpm",0,0,0,0,2000,0,1.5,3,');
});
