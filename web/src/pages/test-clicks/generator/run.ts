import type { ClickReply } from '@clickledger/contract';
import type { PlannedClick } from './plan.js';

/** Most requests under way at once. */
export const IN_FLIGHT_MAX = 20;
/** Most times one click is sent, the first included. */
export const ATTEMPTS_MAX = 5;
/** First wait before a retry; doubled each time, in milliseconds. */
const BACKOFF_MS = 250;

export interface Progress {
  total: number;
  /** Requests finished, whatever came of them. */
  sent: number;
  accepted: number;
  duplicates: number;
  flagged: number;
  failed: number;
}

/** What a sender says of one attempt. `retryAfterMs` is the least wait the server asked for. */
export type Attempt =
  | { kind: 'reply'; reply: ClickReply }
  | { kind: 'retry'; retryAfterMs: number; message: string }
  | { kind: 'refused'; message: string };

/** What a run needs from outside, so that it can be tested without a network or a clock. */
export interface RunPorts {
  send(planned: PlannedClick): Promise<Attempt>;
  now(): number;
  /** Waits this many milliseconds, or less once the run is stopped. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  onProgress(progress: Progress, lastError: string | null): void;
}

export const emptyProgress = (total: number): Progress => ({
  total,
  sent: 0,
  accepted: 0,
  duplicates: 0,
  flagged: 0,
  failed: 0,
});

/**
 * Sends a plan at its intended times, at most `IN_FLIGHT_MAX` requests at once: when the server is slow the run falls behind
 * and then catches up. A click without a reply is sent again under the same id. Stopping lets the requests under way
 * finish, so that the counts stay true. Resolves with the final counts.
 */
export async function runPlan(
  plan: readonly PlannedClick[],
  ports: RunPorts,
  signal: AbortSignal,
): Promise<Progress> {
  const progress = emptyProgress(plan.length);
  const startMs = ports.now();
  const underWay = new Set<Promise<void>>();
  /** A resend waits for its original's answer, so that it is always the one that is counted as the repeat. */
  const originals = new Map<string, Promise<void>>();

  const count = (planned: PlannedClick, attempts: number, last: Attempt) => {
    progress.sent++;
    if (last.kind !== 'reply') progress.failed++;
    else {
      // An original that was stored before its reply got lost answers "duplicate" to its retry; it is still the click.
      const repeat = last.reply.is_duplicate && (planned.resend || attempts === 1);
      if (repeat) progress.duplicates++;
      else progress.accepted++;
      if (last.reply.is_fraudulent && !repeat) progress.flagged++;
    }
    ports.onProgress({ ...progress }, last.kind === 'reply' ? null : last.message);
  };

  const deliver = async (planned: PlannedClick) => {
    if (planned.resend) await originals.get(planned.click.click_id);
    for (let attempt = 1; ; attempt++) {
      const last = await ports.send(planned);
      if (last.kind !== 'retry' || attempt === ATTEMPTS_MAX || signal.aborted)
        return count(planned, attempt, last);
      await ports.sleep(Math.max(last.retryAfterMs, BACKOFF_MS * 2 ** (attempt - 1)), signal);
    }
  };

  for (const planned of plan) {
    const waitMs = startMs + planned.atMs - ports.now();
    if (waitMs > 0) await ports.sleep(waitMs, signal);
    while (underWay.size >= IN_FLIGHT_MAX) await Promise.race(underWay);
    if (signal.aborted) break;
    const delivery = deliver(planned).finally(() => underWay.delete(delivery));
    underWay.add(delivery);
    if (!planned.resend) originals.set(planned.click.click_id, delivery);
  }
  await Promise.all(underWay);
  return progress;
}
