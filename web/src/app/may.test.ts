import { ACCESS_TABLE, type MeReply, SCOPES_OF_ROLE } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { may, mayOpen } from './may.js';
import { PAGES } from './pages.js';

type Me = NonNullable<MeReply['member']>;
const member = (role: Me['role'], isOperator = true): Me => ({
  email: 'x@example.org',
  role,
  tenant: { slug: 'default', name: 'Default', currency: 'USD' },
  scopes: [...SCOPES_OF_ROLE[role]],
  advertiser_ids: role === 'advertiser' ? ['adv-1'] : null,
  has_second_factor: false,
  is_operator: isOperator && role !== 'advertiser',
});
const pagesOf = (me: Me | null) => PAGES.filter(({ to }) => mayOpen(me, to)).map(({ to }) => to);

test('each role is offered the pages that it can use, and by address no others', () => {
  const everybodys = ['/', '/campaigns', '/links', '/conversions'];
  const readers = [...everybodys, '/live', '/fraud', '/clicks', '/billing'];
  expect(pagesOf(member('owner'))).toEqual(PAGES.map(({ to }) => to));
  expect(pagesOf(member('owner', false))).toEqual(PAGES.map(({ to }) => to).filter((to) => to !== '/system'));
  expect(pagesOf(member('analyst'))).toEqual([...readers, '/system']);
  expect(pagesOf(member('analyst', false))).toEqual(readers);
  expect(pagesOf(member('advertiser'))).toEqual(everybodys);
  expect(pagesOf(null)).toEqual([]);
});

test('what lies below a page is as open as the page, unless it asks for something else', () => {
  const [owner, analyst, advertiser] = [member('owner'), member('analyst'), member('advertiser')];
  for (const path of ['/campaigns/camp-1', '/campaigns/camp-1/ads/ad-1', '/account', '/no-such-page'])
    expect(
      [owner, analyst, advertiser].map((me) => mayOpen(me, path)),
      path,
    ).toEqual([true, true, true]);
  for (const path of ['/fraud/rules', '/clicks', '/billing'])
    expect(
      [owner, analyst, advertiser].map((me) => mayOpen(me, path)),
      path,
    ).toEqual([true, true, false]);
  // Not a page below /keys.
  expect(mayOpen(advertiser, '/keysomething')).toBe(true);
});

test('a control that changes something is an owner’s', () => {
  const change = 'PATCH /api/v1/campaigns/:campaign_id';
  expect(['owner', 'analyst', 'advertiser'].map((role) => may(member(role as Me['role']), change))).toEqual([
    true,
    false,
    false,
  ]);
  // Reads what no address has room for.
  const asksWithBody = 'POST /api/v1/analytics/questions';
  const changes = Object.entries(ACCESS_TABLE).filter(
    ([action, { access }]) =>
      !/^(?:GET|OPTIONS) /.test(action) &&
      action !== asksWithBody &&
      access !== 'public' &&
      access !== 'member',
  );
  expect(changes.length).toBeGreaterThan(20);
  for (const [action] of changes) expect(may(member('analyst'), action as never), action).toBe(false);
});
