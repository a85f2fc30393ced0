import { expect, it } from 'vitest';
import { LinkInForce } from './link-in-force.js';
import type { StoredLink } from './read-links.js';

const link = (fields: Partial<StoredLink>) =>
  new LinkInForce({
    tenant_id: 1,
    link_id: '0198f2a0-0000-7000-8000-00000000000a',
    host: '',
    slug: 'spring',
    ad_id: 'ad-1',
    campaign_id: 'camp-1',
    advertiser_id: 'adv-1',
    ad_status: 'active',
    campaign_status: 'active',
    status: 'active',
    destinations: [{ url: 'https://shop.example/', weight: 1 }],
    starts_at_ms: null,
    ends_at_ms: null,
    fallback_url: null,
    pass_parameters: false,
    click_id_parameter: null,
    referrer_policy: 'origin',
    allow_http: false,
    allowed_hosts: [],
    signing: 'none',
    signing_keys: [],
    ...fields,
  });

it('sends people to its destinations by their weights', () => {
  const destinations = [3, 1, 4].map((weight) => ({ url: `https://shop.example/${weight}`, weight }));
  const chosen = link({ destinations });
  const counts: Record<string, number> = {};
  for (let i = 0; i < 800; i++) {
    const url = chosen.destination(i / 800).write(() => '', '');
    counts[url] = (counts[url] ?? 0) + 1;
  }
  expect(counts).toEqual({
    'https://shop.example/3': 300,
    'https://shop.example/1': 100,
    'https://shop.example/4': 400,
  });
  expect(
    link({})
      .destination(0.999)
      .write(() => '', ''),
  ).toBe('https://shop.example/');
});

it('is in force from its start, included, to its end, excluded', () => {
  const one = link({ starts_at_ms: 1_000, ends_at_ms: 2_000 });
  expect([999, 1_000, 1_999, 2_000].map((ms) => one.outOfForceAt(ms))).toEqual([
    'not_started',
    null,
    null,
    'ended',
  ]);
});

it.each([
  { status: 'paused' },
  { status: 'ended' },
  { ad_status: 'paused' },
  { ad_status: null, campaign_id: null, campaign_status: null },
  { campaign_status: 'ended' },
])('is not in force with %j', (fields) => expect(link(fields).outOfForceAt(0)).toBe('not_active'));
