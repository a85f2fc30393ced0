import { SubmitError } from './records.js';

export interface RetryPolicy {
  /** Times a batch is tried, the first included; at least 1. */
  attemptsMax: number;
  /** Wait before the second try; doubled before each further one. */
  firstDelayMs: number;
  /** Longest wait. */
  delayMsMax: number;
  sleep: (ms: number) => Promise<void>;
}

/** About a minute in all: a database that restarts is back by then. */
export const RETRY_DEFAULTS = { attemptsMax: 10, firstDelayMs: 200, delayMsMax: 15_000 } as const;

/** Commits one batch, trying again with doubled waits. Rejects with `SubmitError` when the last try failed. */
export async function submitWithRetries<T, Result>(
  submit: (entries: T[]) => Promise<Result[]>,
  entries: T[],
  policy: RetryPolicy,
): Promise<Result[]> {
  let delayMs = policy.firstDelayMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const results = await submit(entries);
      if (results.length === entries.length) return results;
      throw new Error(`${results.length} results for ${entries.length} entries`);
    } catch (error) {
      if (attempt >= policy.attemptsMax) {
        const message = error instanceof Error ? error.message : String(error);
        throw new SubmitError(
          `The import stopped: a batch failed ${attempt} times, the last time with: ${message}. ` +
            'Run it again: what was imported already is not counted twice',
          { cause: error },
        );
      }
    }
    await policy.sleep(delayMs);
    delayMs = Math.min(delayMs * 2, policy.delayMsMax);
  }
}
