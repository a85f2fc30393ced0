import type { PeriodReply } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { pathOf } from '../../api/http.js';
import { billRows } from './bills-csv.js';

/** A page of a month, with an advertiser that has one line. */
const page = (id: string, nextAfter: string | null) =>
  ({
    period: '2026-10',
    state: 'closed',
    currency: 'EUR',
    next_after: nextAfter,
    advertisers: [
      {
        advertiser_id: id,
        lines: [
          {
            campaign_id: 'c',
            is_correction: false,
            cost_per_click_micros: 95_001,
            cost: '0.190002',
            clicks: 3,
            flagged: 1,
            adjusted: 0,
            billable: 2,
          },
        ],
      },
    ],
  }) as unknown as PeriodReply;

it('has the advertisers of every page, each once, whatever their ids', async () => {
  const asked: string[] = [];
  const pages = [page('a&b', 'a&b'), page('b', 'b'), page('c', null)];
  const rows = await billRows('2026-10', async (given) => {
    asked.push(pathOf('GET /api/v1/billing/periods/:period', given));
    return pages[asked.length - 1] as PeriodReply;
  });
  expect(rows.map(({ advertiser_id }) => advertiser_id)).toEqual(['a&b', 'b', 'c']);
  expect(rows[0]).toMatchObject({ cost_per_click: '0.095001', cost: '0.190002', currency: 'EUR' });
  const month = '/api/v1/billing/periods/2026-10?limit=1000';
  expect(asked).toEqual([month, `${month}&after=a%26b`, `${month}&after=b`]);
});

it('has columns of other pricing models in a month that has such lines alone', async () => {
  const only = page('a', null);
  const rowsOf = async (change: object) => {
    const line = { ...only.advertisers[0]?.lines[0], ...change };
    const month = { ...only, advertisers: [{ advertiser_id: 'a', lines: [line] }] };
    return billRows('2026-10', async () => month as PeriodReply);
  };
  expect((await rowsOf({}))[0]).not.toHaveProperty('pricing_model');
  const byImpressions = { pricing_model: 'cpm', price_micros: 2_000_000, impressions: 1_500, conversions: 0 };
  expect((await rowsOf(byImpressions))[0]).toMatchObject({
    pricing_model: 'cpm',
    price: '2',
    impressions: 1_500,
  });
});
