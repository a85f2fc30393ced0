// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { CONVERSION, STORY } from '../../testing/a-conversion.js';
import { ANALYST, refusal, renderPage } from '../../testing/render-page.js';
import { ConversionsPage } from './ConversionsPage.js';

const ADVERTISER = { ...ANALYST, role: 'advertiser', advertiser_ids: ['acme'] } as const;
const page = (data: unknown[]) => ({ data, next_after: null });
const BUCKETS = [
  { from_seconds: 0, to_seconds: 10, conversions: 1 },
  { from_seconds: 10, to_seconds: null, conversions: 0 },
];
const answers = (conversions: unknown[], more: object = {}) => ({
  'GET /api/v1/conversions': { data: conversions, next_cursor: null, query_time_ms: 1 },
  [`GET /api/v1/conversions/${CONVERSION.conversion_id}`]: STORY,
  'GET /api/v1/analytics/time-to-convert': { conversions: 1, median_seconds: 4, buckets: BUCKETS },
  'GET /api/v1/conversion-actions': page([]),
  'GET /api/v1/campaigns': page([]),
  'GET /api/v1/ads': page([]),
  'GET /api/v1/advertisers': page([]),
  ...more,
});
const show = (conversions: unknown[], at = '/conversions', more: object = {}) =>
  renderPage(<ConversionsPage />, { answers: answers(conversions, more), at });

it('lists conversions with where they stand and why; a status narrows them', async () => {
  const lost = {
    ...CONVERSION,
    conversion_id: `${CONVERSION.conversion_id.slice(0, -1)}d`,
    status: 'unattributed',
    reason: 'click_flagged',
    click_id: null,
    campaign_id: null,
    ad_id: null,
  };
  const { user, address } = await show([CONVERSION, lost]);
  const table = within(await screen.findByTestId('conversion-table'));
  expect(table.getAllByText('$10.00')).toHaveLength(2);
  expect(table.getAllByText('Unattributed · Invalid click')).not.toHaveLength(0);
  table.getByText('spring · banner');
  within(await screen.findByTestId('time-to-convert')).getByText('under 10 s');
  await user.selectOptions(screen.getByTestId('conversion-status'), 'waiting');
  await expect.poll(address).toContain('status=waiting');
});

it('tells the story of one: its click, every model’s share, and each state', async () => {
  const { user } = await show([CONVERSION]);
  await user.click(within(await screen.findByTestId('conversion-table')).getByRole('button'));
  const story = within(await screen.findByTestId('conversion-story'));
  story.getByText('90 min');
  const path = within(story.getByTestId('click-path'));
  path.getByText('Invalid click, no share');
  path.getByText('100%');
  path.getByText('50.0%');
  path.getByText('$5.00');
  expect(within(story.getByTestId('revisions')).getByText('Click found').textContent).toBe('Click found');
});

it('says what to do while there are none, and when the list can’t be read', async () => {
  await show([]);
  await screen.findByText('No conversions in this range');
  await show([], '/conversions', {
    'GET /api/v1/conversions': () => refusal(503, { code: 'away', message: 'Away.' }),
  });
  await screen.findByTestId('panel-error');
});

it('shares the conversions of the range by the model that is chosen', async () => {
  const report = {
    model: 'last_click',
    group_by: 'campaign_id',
    half_life_days: 7,
    data: [
      {
        group: 'spring',
        conversions_micros: 4_333_333,
        conversions: '4.333333',
        conversion_values: [
          { value_micros: 40_000_000, value: '40', currency: 'USD' },
          { value_micros: 5_000_000, value: '5', currency: 'EUR' },
        ],
      },
    ],
    total: {
      conversions_micros: 4_333_333,
      conversions: '4.333333',
      conversion_values: [{ value_micros: 40_000_000, value: '40', currency: 'USD' }],
    },
  };
  const { user, address } = await show([], '/conversions?tab=models', {
    'GET /api/v1/analytics/attribution': report,
  });
  const table = within(await screen.findByTestId('attribution-table'));
  table.getByText('$40.00 + €5.00');
  expect(table.getAllByText('4.33')).toHaveLength(2);
  await user.selectOptions(screen.getByTestId('model'), 'time_decay');
  await expect.poll(address).toContain('model=time_decay');
  await screen.findByTestId('half-life');
});

it('shows an advertiser their conversions, and no way to what is not theirs', async () => {
  await renderPage(<ConversionsPage />, {
    answers: answers([CONVERSION]),
    at: '/conversions',
    member: ADVERTISER as never,
  });
  const table = within(await screen.findByTestId('conversion-table'));
  expect(table.queryByRole('button')).toBeNull();
  expect(screen.queryByText('Postbacks')).toBeNull();
  expect(screen.queryByTestId('conversion-status')).toBeNull();
  expect(screen.queryByTestId('test-conversion')).toBeNull();
});
