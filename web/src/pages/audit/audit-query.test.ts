import { expect, test } from 'vitest';
import { auditParams } from './audit-query.js';

const asked = (search: object, zone = 'UTC') => Object.fromEntries(auditParams(search, zone, 50));

test('texts are trimmed, and empty ones left out', () => {
  expect(asked({ kind: 'key', search: ' jane ', actor: '' })).toEqual({
    limit: '50',
    kind: 'key',
    search: 'jane',
  });
});

test('days are those of the zone, the last one included, also where one has 23 hours', () => {
  expect(asked({ since: '2026-11-27', until: '2026-11-27' }, 'Asia/Kolkata')).toEqual({
    limit: '50',
    start_time: '2026-11-26T18:30:00.000Z',
    end_time: '2026-11-27T18:30:00.000Z',
  });
  expect(asked({ until: '2026-03-29' }, 'Europe/Berlin').end_time).toBe('2026-03-29T22:00:00.000Z');
});

test('a day that is none, or ends before it begins, is not asked for', () => {
  expect(asked({ since: 'yesterday', until: '2026-13-01' })).toEqual({ limit: '50' });
  expect(asked({ since: '2026-11-27', until: '2026-11-26' })).not.toHaveProperty('end_time');
});
