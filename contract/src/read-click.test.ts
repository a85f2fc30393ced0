import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClickInput, readClick } from './clicks.js';
import { DESCRIBING_FIELDS } from './describing.js';
import { LIMITS } from './limits.js';

const IDS = { ad_id: 'a', campaign_id: 'c', advertiser_id: 'v' };
const read = (fields: object) => {
  const reading = readClick({ ...IDS, ...fields });
  if ('error' in reading) throw reading.error;
  return { input: reading.input as Record<string, unknown>, notes: reading.notes };
};
const wrong = (fields: object) => {
  const reading = readClick({ ...IDS, ...fields });
  return 'error' in reading ? reading.error.issues.map(({ path, message }) => [path[0], message]) : [];
};

describe('what only describes a click is taken, mapped, cut or unknown', () => {
  it.each([
    ['country', 'de', 'DE', null],
    ['country', 'UK', 'GB', 'mapped'],
    ['country', 'el', 'GR', 'mapped'],
    ['country', 'Germany', 'DE', 'mapped'],
    ['country', 'united states', 'US', 'mapped'],
    ['country', 'T1', undefined, 'unknown'],
    ['country', 'EU', undefined, 'unknown'],
    ['country', 'XX', undefined, 'unknown'],
    ['country', '(not set)', undefined, 'unknown'],
    ['country', '', undefined, null],
    ['country', null, undefined, null],
    ['country', 49, undefined, 'unknown'],
    ['device_type', 'Mobile', 'mobile', null],
    ['device_type', 'phone', 'mobile', 'mapped'],
    ['device_type', 'smartphone', 'mobile', 'mapped'],
    ['device_type', 'Feature Phone', 'mobile', 'mapped'],
    ['device_type', 'phablet', 'mobile', 'mapped'],
    ['device_type', 'PC', 'desktop', 'mapped'],
    ['device_type', 'iPad', 'tablet', 'mapped'],
    ['device_type', 'tv', 'tv', null],
    ['device_type', 'CONNECTED_TV', 'tv', 'mapped'],
    ['device_type', 'console', 'console', null],
    ['device_type', 'smart-speaker', 'other', 'mapped'],
    ['device_type', 'toaster', undefined, 'unknown'],
    ['device_type', { a: 1 }, undefined, 'unknown'],
    ['os', 'x'.repeat(LIMITS.labelLengthMax), 'x'.repeat(LIMITS.labelLengthMax), null],
    ['os', 'x'.repeat(LIMITS.labelLengthMax + 1), 'x'.repeat(LIMITS.labelLengthMax), 'cut'],
    ['browser', 'a\u0000b\tc', 'abc', 'cut'],
    ['browser', null, undefined, null],
    ['referrer', 'r'.repeat(2_100), 'r'.repeat(LIMITS.referrerLengthMax), 'cut'],
    ['referrer', 'half \ud83d', 'half \ufffd', 'cut'],
    ['user_agent', 'u'.repeat(1_100), 'u'.repeat(LIMITS.userAgentLengthMax), 'cut'],
    ['user_agent', '', '', null],
    ['user_agent', false, undefined, 'unknown'],
  ] as const)('%s %j', (field, sent, stored, kind) => {
    const { input, notes } = read({ [field]: sent });
    expect(input[field]).toBe(stored);
    expect(notes.map((note) => [note.field, note.kind])).toEqual(kind === null ? [] : [[field, kind]]);
    for (const { text } of notes) expect(text).toMatch(new RegExp(`^${field}: .{5,150}$`));
  });

  it('never refuses, whatever JSON it holds, and is then as the contract has it', () => {
    const described = fc.record(
      Object.fromEntries(
        DESCRIBING_FIELDS.map((field) => [
          field,
          fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary', maxLength: 3_000 })),
        ]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(described, (fields) => {
        const { input, notes } = read(fields);
        expect(ClickInput.parse(input)).toEqual(input);
        expect(read(input)).toEqual({ input, notes: [] });
        for (const { field } of notes) expect(fields).toHaveProperty(field);
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not change what is said of a wrong id', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DESCRIBING_FIELDS), fc.jsonValue(), (field, value) => {
        expect(wrong({ ad_id: '', user_id: 7, [field]: value })).toEqual([
          ['ad_id', 'Must not be empty'],
          ['user_id', 'Expected a string'],
        ]);
      }),
    );
  });

  it('takes no field from the prototype of what was sent', () => {
    expect(readClick(Object.create({ ...IDS, country: 'UK' }))).toHaveProperty('error');
  });
});

describe('an id is refused when it is wrong', () => {
  it.each([
    ['campaign_id', '.', 'Must not be "." or ".."'],
    ['advertiser_id', '..', 'Must not be "." or ".."'],
    ['user_id', '..', 'Must not be "." or ".."'],
    ['ad_id', 'x'.repeat(LIMITS.idLengthMax + 1), 'At most 128 characters'],
    ['user_id', 1234567.123, 'Expected a string'],
    ['user_id', 2 ** 60, 'Expected a string'],
    ['ad_id', null, 'Expected a string'],
  ])('%s %j', (field, value, message) => {
    expect(wrong({ country: 'UK', [field]: value })).toEqual([[field, message]]);
  });

  it('and taken up to the limit; null says of an optional one that there is none', () => {
    expect(read({ ad_id: 'x'.repeat(LIMITS.idLengthMax), campaign_id: '...' }).notes).toEqual([]);
    expect(read({ user_id: null, click_id: null, timestamp: null }).input).toEqual(IDS);
  });
});
