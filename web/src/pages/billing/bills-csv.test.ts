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
