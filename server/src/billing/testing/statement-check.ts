import { fromDecimal, type PeriodReply, toDecimal } from '@clickledger/contract';
import { expect } from 'vitest';
import type { ModelLine } from './model.js';

const costOf = ({ price, clicks, flagged, adjusted }: ModelLine) =>
  price * BigInt(clicks - flagged + adjusted);

/** Holds what the API says of a month against the model's lines, to the millionth. */
export function checkMonth(reply: PeriodReply, expected: readonly ModelLine[], currency: string): void {
  const priced = expected.filter(({ price }) => price > 0n);
  const said = reply.advertisers.flatMap(({ advertiser_id, lines }) =>
    lines.map((line) => ({
      key: [advertiser_id, line.campaign_id, line.is_correction, line.cost_per_click_micros],
      counts: [line.clicks, line.flagged, line.adjusted, line.billable],
      cost: line.cost,
    })),
  );
  const wanted = priced.map((line) => ({
    key: [line.advertiser, line.campaign, line.isCorrection, Number(line.price)],
    counts: [line.clicks, line.flagged, line.adjusted, line.clicks - line.flagged + line.adjusted],
    cost: toDecimal({ micros: costOf(line), currency }),
  }));
  const sorted = (lines: object[]) => lines.map((line) => JSON.stringify(line)).sort();
  expect(sorted(said)).toEqual(sorted(wanted));
  expect(reply.currency).toBe(currency);
  const total = priced.reduce((sum, line) => sum + costOf(line), 0n);
  expect(fromDecimal(reply.totals?.cost ?? '', currency).micros).toBe(total);
  const sum = (of: 'clicks' | 'flagged' | 'adjusted') => priced.reduce((all, line) => all + line[of], 0);
  expect(reply.totals).toMatchObject({
    clicks: sum('clicks'),
    flagged: sum('flagged'),
    adjusted: sum('adjusted'),
  });
  for (const bill of reply.advertisers) {
    const own = priced.filter(({ advertiser }) => advertiser === bill.advertiser_id);
    expect(fromDecimal(bill.cost, currency).micros).toBe(own.reduce((all, line) => all + costOf(line), 0n));
  }
  const unpriced = expected.filter(({ price }) => price === 0n).reduce((all, { clicks }) => all + clicks, 0);
  expect(reply.unpriced_clicks).toBe(unpriced);
}
