import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClick } from './clicks.js';
import { readTime } from './times.js';

const IDS = { ad_id: 'a', campaign_id: 'c', advertiser_id: 'v' };

describe('a time', () => {
  it.each<[unknown, string]>([
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'],
    ['2024-01-02 03:04:05Z', '2024-01-02T03:04:05Z'],
    ['2024-01-02 03:04:05.123456 +0100', '2024-01-02T03:04:05.123456+01:00'],
    ['2024-01-02T03:04:05 UTC', '2024-01-02T03:04:05Z'],
    ['2024-01-02T03:04+02', '2024-01-02T03:04:00+02:00'],
    ['2026-11-14T16:00:00,123Z', '2026-11-14T16:00:00.123Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
    ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00Z'],
    ['2000-02-29T10:00:00Z', '2000-02-29T10:00:00Z'],
    ['1704164645', '2024-01-02T03:04:05.000Z'],
    ['1704164645.5', '2024-01-02T03:04:05.500Z'],
    ['1704164645123', '2024-01-02T03:04:05.123Z'],
    ['1704164645123456', '2024-01-02T03:04:05.123Z'],
    ['1704164645123999999', '2024-01-02T03:04:05.123Z'],
    [1704164645, '2024-01-02T03:04:05.000Z'],
    [1704164645.25, '2024-01-02T03:04:05.250Z'],
    [1704164645123, '2024-01-02T03:04:05.123Z'],
  ])('%j is %s', (value, time) => {
    expect(readTime(value)).toEqual({ time });
    const reading = readClick({ ...IDS, timestamp: value });
    expect('input' in reading && Date.parse(reading.input.timestamp ?? '')).toBe(Date.parse(time));
  });

  it.each<[unknown, RegExp]>([
    ['2026-02-29T10:00:00Z', /2026-02-29T10:00:00Z.*2026-02 has 28 days/],
    ['1900-02-29T10:00:00Z', /has 28 days/],
    ['2026-13-01T10:00:00Z', /there is no month 13/],
    ['2026-01-00T10:00:00Z', /has 31 days/],
    ['2026-01-01T24:00:00Z', /no such time of day/],
    ['2026-01-01T23:59:61Z', /no such time of day/],
    ['2026-01-01T10:00:00', /no zone: add Z/],
    ['2026-01-01T10:00:00+25:00', /no offset \+25:00/],
    ['2026-01-01', /a day without a time/],
    ['14/11/2026 11:07', /14\/11\/2026 11:07.*not an ISO 8601 time/],
    ['yesterday', /yesterday.*not an ISO 8601 time/],
    ['170416464512', /170416464512.*12 digits has no unit; seconds have 10, milliseconds have 13/],
    ['0', /1 digit has no unit/],
    [-1, /not an ISO 8601 time/],
    [true, /Expected an ISO 8601 time/],
    [`x${'y'.repeat(500)}`, /^.{1,150}$/],
  ])('%j is refused for its own reason, the value named', (value, message) => {
    const reading = readTime(value);
    expect('error' in reading && reading.error).toMatch(message);
    const click = readClick({ ...IDS, timestamp: value });
    expect('error' in click && click.error.issues.map((issue) => issue.message)).toEqual([
      'error' in reading && reading.error,
    ]);
  });

  it('without a zone is UTC only when told so', () => {
    expect(readTime('2024-01-02 03:04:05', { zonelessIsUtc: true })).toEqual({
      time: '2024-01-02T03:04:05Z',
    });
  });

  it('of any moment is read back, in every form, and never moved', () => {
    const moment = fc.date({ min: new Date('2001-09-10'), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, (date) => {
        const iso = date.toISOString();
        const forms = [iso, iso.replace('T', ' ').replace('.', ','), iso.replace('Z', '+00'), date.getTime()];
        forms.push(`${date.getTime()}999`, `${date.getTime()}999999`);
        for (const form of forms) {
          const reading = readTime(form);
          expect('time' in reading && Date.parse(reading.time)).toBe(date.getTime());
        }
      }),
    );
  });

  it('is a time or an error, and what is a time the contract takes, whatever is sent', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-:T .,Z+') });
    fc.assert(
      fc.property(fc.oneof(text, fc.jsonValue()), (value) => {
        const reading = readTime(value);
        if ('time' in reading) expect(readClick({ ...IDS, timestamp: reading.time })).toHaveProperty('input');
        else expect(reading.error.length).toBeGreaterThan(10);
      }),
    );
  });
});
