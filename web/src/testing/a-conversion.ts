import type { ConversionStory, LoggedConversion } from '@clickledger/contract';

const CLICK = '0198f2a0-0000-7000-8000-0000000000c1';
const FLAGGED = '0198f2a0-0000-7000-8000-0000000000c2';
const AMOUNT = { value_micros: 10_000_000, value: '10', currency: 'USD' };

/** A conversion for tests. */
export const CONVERSION: LoggedConversion = {
  conversion_id: '0198f2a0-0000-7000-8000-00000000000c',
  action: 'sale',
  converted_at: '2026-11-28T09:00:00.000Z',
  status: 'attributed',
  reason: null,
  ...AMOUNT,
  click_id: CLICK,
  clicked_at: '2026-11-28T07:30:00.000Z',
  advertiser_id: 'acme',
  campaign_id: 'spring',
  ad_id: 'banner',
  seconds_to_convert: 5_400,
  revision: 1,
  order_id: 'order-1',
  received_at: '2026-11-28T09:00:01.000Z',
  source: 'postback',
};

const { seconds_to_convert: _, revision: __, ...stated } = CONVERSION;
const state = { ...stated, matched_by: 'click_id', any_click_id: null, is_deferred: false } as const;
const share = (model: string, micros: number) => ({
  model,
  conversions_micros: micros,
  conversions: String(micros / 1_000_000),
  value_micros: micros * 10,
  value: String(micros / 100_000),
});

/** Its story: two clicks led to it, of which one was flagged. */
export const STORY = {
  conversion: {
    ...stated,
    order_id: 'order-1',
    source: 'postback',
    made_by: 'postback secret clk_postback_a',
    received_at: '2026-11-28T09:00:01.000Z',
    given_click_id: CLICK,
    given_user_id: null,
    give_up_at: '2026-12-28T09:00:00.000Z',
  },
  windows: { click_window_days: 30, user_window_days: 7 },
  revisions: [
    { ...state, revision: 0, cause: 'received', made_at: '2026-11-28T09:00:01.000Z', status: 'waiting' },
    { ...state, revision: 1, cause: 'matched', made_at: '2026-11-28T09:00:02.000Z' },
  ],
  path: [
    {
      click_id: FLAGGED,
      clicked_at: '2026-11-28T07:00:00.000Z',
      advertiser_id: 'acme',
      campaign_id: 'autumn',
      ad_id: 'text',
      is_fraudulent: true,
      is_attributed: false,
      shares: [],
    },
    {
      click_id: CLICK,
      clicked_at: '2026-11-28T07:30:00.000Z',
      advertiser_id: 'acme',
      campaign_id: 'spring',
      ad_id: 'banner',
      is_fraudulent: false,
      is_attributed: true,
      shares: [share('last_click', 1_000_000), share('first_click', 0), share('linear', 500_000)],
    },
  ],
} as ConversionStory;
