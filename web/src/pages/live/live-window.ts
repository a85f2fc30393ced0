import { LIVE_CLICKS_MAX, LIVE_WINDOW_SECONDS, type LiveSnapshotEvent } from '@clickledger/contract';

/** What the live page knows: clicks by second of the last 30 minutes, and the newest clicks. */
export interface LiveWindow {
  /** `[clicks, flagged]` by unix second. */
  seconds: ReadonlyMap<number, readonly [number, number]>;
  clicks: LiveSnapshotEvent['clicks'];
}
export const EMPTY_WINDOW: LiveWindow = { seconds: new Map(), clicks: [] };

/** A snapshot takes the place of all that was known. */
export const fromSnapshot = ({ seconds, clicks }: LiveSnapshotEvent): LiveWindow => ({
  seconds: new Map(seconds.map(([second, all, flagged]) => [second, [all, flagged]])),
  clicks: clicks.slice(0, LIVE_CLICKS_MAX),
});

/** Adds what came: seconds take the place of those of the same time; what is too old leaves. */
export function withClicks(before: LiveWindow, { seconds, clicks }: LiveSnapshotEvent): LiveWindow {
  const next = new Map(before.seconds);
  for (const [second, all, flagged] of seconds) next.set(second, [all, flagged]);
  const newest = Math.max(0, ...seconds.map(([second]) => second));
  for (const second of next.keys()) if (second < newest - LIVE_WINDOW_SECONDS) next.delete(second);
  const known = new Set(clicks.map(({ click_id: id }) => id));
  const merged = [...clicks, ...before.clicks.filter(({ click_id: id }) => !known.has(id))];
  merged.sort((a, b) => (a.clicked_at < b.clicked_at ? 1 : a.clicked_at > b.clicked_at ? -1 : 0));
  return { seconds: next, clicks: merged.slice(0, LIVE_CLICKS_MAX) };
}

/** A bar of the live chart. */
export interface LiveBar {
  startMs: number;
  clicks: number;
  flagged: number;
}

/** The last `count` steps of `stepSeconds`, up to and with the running one. */
export function toBars(
  seconds: LiveWindow['seconds'],
  nowMs: number,
  stepSeconds: number,
  count: number,
): LiveBar[] {
  const last = Math.floor(nowMs / 1_000 / stepSeconds);
  const bars = Array.from({ length: count }, (_, i) => ({
    startMs: (last - count + 1 + i) * stepSeconds * 1_000,
    clicks: 0,
    flagged: 0,
  }));
  for (const [second, [clicks, flagged]] of seconds) {
    const bar = bars[Math.floor(second / stepSeconds) - (last - count + 1)];
    if (!bar) continue;
    bar.clicks += clicks;
    bar.flagged += flagged;
  }
  return bars;
}
