// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { LINK } from '../../testing/a-link.js';
import { ANALYST, refusal, renderPage } from '../../testing/render-page.js';
import { LinksPage } from './LinksPage.js';

const CAMPAIGNS = {
  data: [
    {
      campaign_id: 'camp-1',
      advertiser_id: 'acme',
      name: 'Spring',
      status: 'active',
      cost_per_click_micros: 0,
      daily_budget_micros: null,
      created_at: LINK.created_at,
    },
  ],
  next_after: null,
};
const AD = {
  ad_id: 'ad-1',
  campaign_id: 'camp-1',
  name: null,
  status: 'active',
  created_at: LINK.created_at,
};
const page = (data: unknown[]) => ({ data, next_after: null });
const answers = (links: unknown[], more: object = {}) => ({
  'GET /api/v1/links': page(links),
  'GET /api/v1/link-hosts': { data: [] },
  'GET /api/v1/campaigns': CAMPAIGNS,
  'GET /api/v1/ads': page([AD]),
  'GET /api/v1/advertisers': page([]),
  ...more,
});

it('says what a link is for while there is none, and creates one', async () => {
  const made = { ...LINK, slug: 'made' };
  const { user, sent, address } = await renderPage(<LinksPage />, {
    answers: answers([], { 'POST /api/v1/links': () => Response.json(made, { status: 201 }) }),
    at: '/links',
  });
  await screen.findByText('No links yet');
  await user.click(screen.getByTestId('new-link'));
  const form = within(await screen.findByTestId('link-form'));
  await form.findByRole('option', { name: 'Spring (camp-1)' });
  await user.selectOptions(form.getByLabelText('Campaign'), 'camp-1');
  await form.findByRole('option', { name: 'ad-1' });
  await user.selectOptions(form.getByLabelText('Ad'), 'ad-1');
  await user.type(form.getByLabelText('Destination URL'), 'https://shop.example/?c={{click_id}');
  expect(form.getByTestId('preview-1').textContent).toMatch(/shop\.example\/\?c=0192f0c1-/);
  await user.click(form.getByTestId('save-link'));
  await expect.poll(address).toContain(`/links/${LINK.link_id}`);
  expect(sent).toMatchObject([
    {
      request: 'POST /api/v1/links',
      body: { ad_id: 'ad-1', destinations: [{ url: 'https://shop.example/?c={click_id}', weight: 1 }] },
    },
  ]);
});

it('sets up a campaign and an ad that are new before the link', async () => {
  const { user, sent } = await renderPage(<LinksPage />, {
    answers: answers([], {
      'PUT /api/v1/campaigns/summer': {},
      'PUT /api/v1/ads/banner': {},
      'POST /api/v1/links': LINK,
    }),
    at: '/links',
  });
  await user.click(await screen.findByTestId('new-link'));
  const form = within(await screen.findByTestId('link-form'));
  await user.selectOptions(form.getByLabelText('Campaign'), '+');
  await user.type(form.getByLabelText('Campaign ID'), 'summer');
  await user.type(form.getByLabelText('Advertiser ID'), 'acme');
  await user.type(form.getByLabelText('Ad ID'), 'banner');
  await user.type(form.getByLabelText('Destination URL'), 'https://shop.example/');
  await user.click(form.getByTestId('save-link'));
  await expect
    .poll(() => sent.map(({ request }) => request))
    .toEqual(['PUT /api/v1/campaigns/summer', 'PUT /api/v1/ads/banner', 'POST /api/v1/links']);
});

it('marks the field that the server refuses', async () => {
  const error = {
    formErrors: [],
    fieldErrors: { 'destinations.0.url': ['The host can’t hold a macro'], slug: ['This slug is taken'] },
  };
  const { user } = await renderPage(<LinksPage />, {
    answers: answers([], { 'POST /api/v1/links': () => refusal(400, error) }),
    at: '/links',
  });
  await user.click(await screen.findByTestId('new-link'));
  const form = within(await screen.findByTestId('link-form'));
  await user.selectOptions(form.getByLabelText('Campaign'), 'camp-1');
  await form.findByRole('option', { name: 'ad-1' });
  await user.selectOptions(form.getByLabelText('Ad'), 'ad-1');
  await user.type(form.getByLabelText('Destination URL'), 'https://shop.example/');
  await user.click(form.getByTestId('save-link'));
  await form.findByText('Fix the fields marked in red.');
  expect(form.getByTestId('preview-1').textContent).toBe('The host can’t hold a macro');
  form.getByText('This slug is taken');
});

it('lists links with what they do now; a status narrows them', async () => {
  const ended = {
    ...LINK,
    link_id: `${LINK.link_id.slice(0, -1)}b`,
    slug: 'old',
    name: null,
    ends_at: LINK.starts_at,
  };
  const { user } = await renderPage(<LinksPage />, { answers: answers([LINK, ended]), at: '/links' });
  const table = within(await screen.findByTestId('link-table'));
  table.getByText('Spring banner');
  expect(table.getAllByText(/shop\.example/)).toHaveLength(2);
  await user.selectOptions(screen.getByTestId('link-state'), 'ended');
  await expect.poll(() => table.queryByText('Spring banner')).toBeNull();
  table.getByText('old');
});

it('gives somebody who only reads no way to create, and says when the list can’t be read', async () => {
  await renderPage(<LinksPage />, {
    answers: answers([], { 'GET /api/v1/links': () => refusal(503, { code: 'away', message: 'Away.' }) }),
    at: '/links',
    member: ANALYST,
  });
  await screen.findByTestId('panel-error');
  expect(screen.queryByTestId('new-link')).toBeNull();
});
