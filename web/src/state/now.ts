import { useSyncExternalStore } from 'react';

/** How often ranges that end now are looked at again, in milliseconds. */
const LOOK_EVERY_MS = 5_000;
/** Differences below this come from the network more than from the clocks. In milliseconds. */
const CLOCK_OFFSET_MIN_MS = 1_000;

let offsetMs = 0;
let nowMs = Date.now();
const listeners = new Set<() => void>();

const look = () => {
  nowMs = Date.now() + offsetMs;
  for (const listener of listeners) listener();
};

let timer: ReturnType<typeof setInterval> | undefined;
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(look, LOOK_EVERY_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time by the server's clock, in milliseconds since 1970. */
export const serverNow = (): number => Date.now() + offsetMs;

/** Notes how far the server's clock is ahead of the browser's, so that a wrong browser clock hides no clicks. */
export function setClockOffset(ms: number): void {
  const next = Number.isFinite(ms) && Math.abs(ms) >= CLOCK_OFFSET_MIN_MS ? ms : 0;
  if (Math.abs(next - offsetMs) < CLOCK_OFFSET_MIN_MS) return;
  offsetMs = next;
  look();
}

/** The server's time of the last look (every few seconds). */
export const useNow = (): number => useSyncExternalStore(subscribe, () => nowMs);
