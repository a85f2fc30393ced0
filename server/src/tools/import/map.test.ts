import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MapError, parseMap } from './map.js';
import { makeMapper } from './mapper.js';

const CSV = { format: 'csv', delimiter: ',', columns: null } as const;

describe('--map', () => {
  it('reads columns and constants, with escaped commas and spaces around', () => {
    expect(
      Object.fromEntries(parseMap(String.raw` ad_id = creative , campaign_id:=a\,b=\\ ,ip=visitor.ip`)),
    ).toEqual({
      ad_id: { column: 'creative' },
      campaign_id: { constant: String.raw`a,b=\ `.trim() },
      ip: { column: 'visitor.ip' },
    });
    expect(parseMap('').size).toBe(0);
  });

  it.each([
    ['ad=x', '"ad" is no field of a click; there are ad_id, campaign_id'],
    ['ad_id', '"ad_id" is neither field=column nor field:=constant'],
    ['ad_id=', '"ad_id" is mapped to nothing'],
    ['ad_id=a,ad_id=b', '"ad_id" is mapped twice'],
    ['ad_id=a,', '"" is neither field=column nor field:=constant'],
    ['x'.repeat(9_000), 'longer than 8192'],
  ])('says what is wrong with %s', (text, message) => {
    expect(() => parseMap(text)).toThrow(message);
  });

  it('never fails but with MapError', () => {
    const text = fc.string({ unit: fc.constantFrom('ad_id', '=', ':', ',', '\\', ' ', 'x') });
    fc.assert(
      fc.property(text, (written) => {
        try {
          parseMap(written);
        } catch (error) {
          expect(error).toBeInstanceOf(MapError);
        }
      }),
    );
  });
});

describe('the mapper', () => {
  it('takes columns of the fields’ own names unless mapped otherwise', () => {
    const { map } = makeMapper(CSV, parseMap('ad_id=creative,campaign_id:=summer'));
    expect(
      map({ ad_id: 'no', creative: ' 7 ', user_id: 'u', ip: '1.2.3.4', country: '', other: 'x' }),
    ).toEqual({
      input: { ad_id: '7', campaign_id: 'summer', user_id: 'u' },
      address: '1.2.3.4',
    });
    expect(map(JSON.parse('{"__proto__":{"user_id":"x"}}'))).toEqual({
      input: { campaign_id: 'summer' },
      address: null,
    });
  });

  it('makes clicks of an access log, and none of HEAD and OPTIONS', () => {
    const { map } = makeMapper({ format: 'log', logFormat: 'combined' }, parseMap('advertiser_id:=me'));
    const record = {
      method: 'GET',
      page: '/a/b',
      folder: 'a',
      ip: '::1',
      time: '2000-10-10T13:55:36-07:00',
      referrer: '',
    };
    expect(map(record)).toEqual({
      input: { ad_id: '/a/b', campaign_id: 'a', advertiser_id: 'me', timestamp: '2000-10-10T13:55:36-07:00' },
      address: '::1',
    });
    expect(map({ ...record, method: 'HEAD' })).toEqual({ notAClick: 'HEAD request' });
    expect(map({ ...record, method: 'OPTIONS' })).toEqual({ notAClick: 'OPTIONS request' });
    expect(makeMapper(CSV, new Map()).map({ method: 'HEAD' })).toEqual({ input: {}, address: null });
  });

  it('takes a time without a zone for UTC only when told so', () => {
    const record = { timestamp: '2024-01-02 03:04:05' };
    expect(makeMapper(CSV, new Map()).map(record)).toMatchObject({ input: record });
    expect(makeMapper(CSV, new Map(), { zonelessIsUtc: true }).map(record)).toMatchObject({
      input: { timestamp: '2024-01-02T03:04:05Z' },
    });
  });
});
