import { expect, test } from 'vitest';
import { previewText } from './NewEntry.js';

test.each([
  [{ clicks: 0, flagged: 0, days: 7 }, 'block', 'Matches no clicks in the last 7 days.'],
  [
    { clicks: 1_200, flagged: 20, days: 7 },
    'block',
    'Matches 1,200 clicks in the last 7 days: 1,180 would be newly flagged, 20 already are.',
  ],
  [
    { clicks: 1, flagged: 1, days: 1 },
    'allow',
    'Matches 1 click in the last day: 1 of them flagged, which this entry would have prevented.',
  ],
] as const)('%j on the %s list', (reply, list, text) => expect(previewText(reply, list)).toBe(text));

test('a range that can not be counted says so', () => {
  expect(previewText({ clicks: null, flagged: null, days: 7 }, 'block')).toContain('too wide');
});
