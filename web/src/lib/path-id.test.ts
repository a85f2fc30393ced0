import { expect, test } from 'vitest';
import { idOfPath, idParams, pathOfId } from './path-id.js';

test.each(['.', '..', '...', '~', '~..', 'spring', 'a/b', '.hidden'])(
  'the id %j comes back from its address',
  (id) => {
    const url = new URL(`/campaigns/${encodeURIComponent(pathOfId(id))}`, 'http://localhost');
    const [, page, part = ''] = url.pathname.split('/');
    expect(page).toBe('campaigns');
    expect(idOfPath(decodeURIComponent(part))).toBe(id);
  },
);

test('every parameter that is named is an id', () => {
  const { parse, stringify } = idParams('campaignId', 'adId');
  expect(stringify({ campaignId: '..', adId: 'x' })).toEqual({ campaignId: '~..', adId: 'x' });
  expect(parse({ campaignId: '~..', adId: 'x' })).toEqual({ campaignId: '..', adId: 'x' });
});
