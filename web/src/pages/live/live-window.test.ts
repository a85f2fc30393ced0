import type { LoggedClick } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { fromSnapshot, toBars, withClicks } from './live-window.js';

const click = (id: string, clicked_at: string) => ({ click_id: id, clicked_at }) as LoggedClick;

it('seconds that come again take the place of what they were; a click is listed once, the newest first', () => {
  const before = fromSnapshot({ seconds: [[100, 3, 1]], clicks: [click('a', '2026-01-01T00:00:01Z')] });
  const after = withClicks(before, {
    seconds: [
      [100, 4, 1],
      [101, 1, 0],
    ],
    clicks: [click('b', '2026-01-01T00:00:02Z'), click('a', '2026-01-01T00:00:01Z')],
  });
  expect([...after.seconds]).toEqual([
    [100, [4, 1]],
    [101, [1, 0]],
  ]);
  expect(after.clicks.map(({ click_id }) => click_id)).toEqual(['b', 'a']);
});

it('forgets seconds older than 30 minutes', () => {
  const before = fromSnapshot({ seconds: [[100, 3, 0]], clicks: [] });
  const after = withClicks(before, { seconds: [[100 + 1_801, 1, 0]], clicks: [] });
  expect([...after.seconds.keys()]).toEqual([1_901]);
});

it('draws a bar a step, those without clicks too, and leaves out what is outside', () => {
  const { seconds } = fromSnapshot({
    seconds: [
      [59, 9, 9],
      [60, 1, 0],
      [119, 2, 1],
      [125, 5, 0],
    ],
    clicks: [],
  });
  expect(toBars(seconds, 179_999, 60, 2)).toEqual([
    { startMs: 60_000, clicks: 3, flagged: 1 },
    { startMs: 120_000, clicks: 5, flagged: 0 },
  ]);
});
