import type { QueryClient } from '@tanstack/react-query';

/** First part of the key of every query that a tick refreshes. */
export const LIVE = 'live';

/** How often the dashboard asks again, in milliseconds. */
export const TICK_MS = 5_000;

/** Differences below this come from the network more than from the clocks. In milliseconds. */
const CLOCK_OFFSET_MIN_MS = 1_000;

let nowMs = Date.now();
let offsetMs = 0;

/** The one `now` of the current tick, by the server's clock, in milliseconds since 1970. */
export const tickNow = (): number => nowMs;

/** Notes how far the server's clock is ahead of the browser's, so that a wrong browser clock hides no clicks. */
export function setClockOffset(ms: number): void {
  const next = Number.isFinite(ms) && Math.abs(ms) >= CLOCK_OFFSET_MIN_MS ? ms : 0;
  if (Math.abs(next - offsetMs) >= CLOCK_OFFSET_MIN_MS) {
    nowMs += next - offsetMs;
    offsetMs = next;
  }
}

/** Moves `now` on and refreshes every live panel that is on screen. Requests still under way are left to finish. */
export function tick(client: QueryClient): void {
  nowMs = Date.now() + offsetMs;
  void client.refetchQueries({ queryKey: [LIVE], type: 'active' }, { cancelRefetch: false });
}

/** Ticks every `TICK_MS` while the page is visible, and at once when it becomes visible. Returns how to stop. */
export function startTicking(client: QueryClient): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const pause = () => clearInterval(timer);
  const run = () => {
    pause();
    timer = setInterval(() => tick(client), TICK_MS);
  };
  const onVisibility = () => {
    if (document.hidden) return pause();
    tick(client);
    run();
  };
  document.addEventListener('visibilitychange', onVisibility);
  if (!document.hidden) run();
  return () => {
    pause();
    document.removeEventListener('visibilitychange', onVisibility);
  };
}
