import { expect, test } from 'vitest';
import { offsetName, zoneKeywords, zoneNames, zoneOf } from './zone-names.js';

const winter = Date.parse('2026-11-27T12:00:00Z');

test('zones are listed under the names of today, the own one and UTC first, and none twice', () => {
  const names = zoneNames();
  for (const old of [
    'Asia/Calcutta',
    'Africa/Asmera',
    'Pacific/Enderbury',
    'Pacific/Truk',
    'America/Godthab',
  ])
    expect(names).not.toContain(old);
  for (const current of ['Asia/Kolkata', 'Africa/Asmara', 'Pacific/Kanton', 'Pacific/Chuuk', 'America/Nuuk'])
    expect(names).toContain(current);
  expect(names).toContain('UTC');
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(zoneOf(name)).toBe(name);
});

test('a zone is found by older names and by its offset', () => {
  expect(zoneKeywords('Asia/Kolkata', winter)).toEqual(['Asia Kolkata', 'Asia/Calcutta', 'GMT+5:30']);
});

test.each([
  ['Asia/Kolkata', 'GMT+5:30'],
  ['America/St_Johns', 'GMT−3:30'],
  ['America/New_York', 'GMT−5'],
  ['UTC', 'GMT'],
])('%s is at %s in winter', (zone, offset) => {
  expect(offsetName(zone, winter)).toBe(offset);
});
