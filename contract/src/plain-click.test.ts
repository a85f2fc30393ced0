import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClickInput } from './clicks.js';
import { LIMITS } from './limits.js';
import { readPlainClick } from './plain-click.js';

const IDS = { ad_id: 'ad-1', campaign_id: 'c 1', advertiser_id: 'v' };
const PLAIN = {
  ...IDS,
  click_id: '0198f2a0-0000-7000-8000-000000000001',
  user_id: 'u',
  country: 'DE',
  device_type: 'mobile',
  os: 'iOS',
  browser: 'Safari',
  timestamp: '2026-02-28T23:59:59.123456789Z',
  referrer: 'https://example.com/?a=b#c',
  user_agent: 'Mozilla/5.0 (X11)',
};
const FIELDS = Object.keys(PLAIN) as (keyof typeof PLAIN)[];

/** Values on both sides of every rule. */
const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', ' ', ' a', 'a ', '.', '..', '...', 'a\u0000', 'é', '\ud83d', '\u007f', '\u00a0'),
  fc
    .constantFrom(
      LIMITS.labelLengthMax,
      LIMITS.idLengthMax,
      LIMITS.userAgentLengthMax,
      LIMITS.referrerLengthMax,
    )
    .chain((length) => fc.constantFrom('x'.repeat(length), 'x'.repeat(length + 1))),
);
/** Mostly right, with one part at or beyond its edge. */
const parts = [
  ['2026', '0000', '9999', '1900', '2024', '202'],
  ['11', '01', '12', '00', '13', '02'],
  ['28', '01', '29', '30', '31', '32', '00'],
  ['00', '23', '24', '9'],
  ['00', '59', '60'],
  ['00', '59', '60', ''],
  ['Z', '.5Z', '.123456789Z', '.1234567890Z', '.Z', '+02:00', '-23:59', '+24:00', '', 'z', ' Z'],
] as const;
const time = fc
  .tuple(
    ...parts.map((choices) =>
      fc.oneof({ arbitrary: fc.constant(choices[0]), weight: 3 }, fc.constantFrom(...choices)),
    ),
  )
  .map(
    ([year, month, day, hour, minute, second, rest]) =>
      `${year}-${month}-${day}T${hour}:${minute}:${second}${rest}`,
  );
const uuid = fc
  .tuple(fc.constantFrom(...'0123456789abcdefABCDEFg'), fc.constantFrom(...'0789abcfABCF'), fc.boolean())
  .map(([version, variant, isUpper]) => {
    const id = `0198f2a0-00ab-${version}000-${variant}000-000000000001`;
    return isUpper ? id.toUpperCase() : id;
  });
const value = fc.oneof(
  text,
  time,
  uuid,
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom('de', 'DE', 'XX', 'mobile', 'Mobile', 'tv', undefined),
);

describe('a plain click', () => {
  it('is what the contract makes of it, for whatever is sent', () => {
    const changed = fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), fc.string()), value, { maxKeys: 3 });
    let plain = 0;
    fc.assert(
      fc.property(changed, fc.subarray(FIELDS), time, uuid, (fields, kept, timestamp, click_id) => {
        const usual = { ...PLAIN, timestamp, click_id };
        const sent = { ...IDS, ...Object.fromEntries(kept.map((field) => [field, usual[field]])), ...fields };
        const read = readPlainClick(sent);
        if (read === null) return;
        plain++;
        expect(ClickInput.safeParse(sent)).toEqual({ success: true, data: read });
      }),
      { numRuns: 20_000 },
    );
    expect(plain).toBeGreaterThan(2_000);
  });

  it('is every click as most clients send them, and no other kind of value', () => {
    expect(readPlainClick(PLAIN)).toEqual(ClickInput.parse(PLAIN));
    expect(readPlainClick({ ...IDS, extra: 1 })).toEqual(IDS);
    for (const sent of [null, undefined, 1, 'text', [], [IDS], {}]) expect(readPlainClick(sent)).toBeNull();
  });
});
