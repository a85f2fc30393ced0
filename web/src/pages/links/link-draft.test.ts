import { expect, test } from 'vitest';
import { LINK } from '../../testing/a-link.js';
import { changeOf, draftOf, NEW_LINK, newLinkOf, shareOf } from './link-draft.js';

const ZONE = 'Europe/Berlin';

test('a form that nobody touched changes nothing, although it shows times to the minute only', () => {
  expect(changeOf(LINK, draftOf(LINK, ZONE), LINK.ad_id, ZONE)).toEqual({});
});

test('only what was touched is sent, and times are of the zone of the view', () => {
  const draft = { ...draftOf(LINK, ZONE), endsAt: '2026-12-24T18:00', name: ' ' };
  expect(changeOf(LINK, draft, 'ad-2', ZONE)).toEqual({
    ad_id: 'ad-2',
    name: null,
    ends_at: '2026-12-24T17:00:00.000Z',
  });
});

test('a new link without a slug leaves it to the server', () => {
  const draft = {
    ...NEW_LINK,
    destinations: [{ url: ' https://shop.example/ ', weight: '3' }],
    allowedHosts: 'a.example, b.example:8443',
  };
  const sent = newLinkOf(draft, 'ad-1', ZONE);
  expect(sent).not.toHaveProperty('slug');
  expect(sent.destinations).toEqual([{ url: 'https://shop.example/', weight: 3 }]);
  expect(sent.allowed_hosts).toEqual(['a.example', 'b.example:8443']);
  expect(newLinkOf({ ...draft, slug: 'sale' }, 'ad-1', ZONE)).toHaveProperty('slug', 'sale');
});

test('shares are of the sum of weights', () => {
  const all = [{ weight: '1' }, { weight: '3' }, { weight: '' }];
  expect(all.map(({ weight }) => shareOf(weight, all))).toEqual([0.25, 0.75, 0]);
  expect(shareOf('', [{ weight: '' }])).toBe(0);
});
