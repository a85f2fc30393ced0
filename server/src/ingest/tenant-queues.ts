import type { Waiting } from './batch.js';
import type { Submission } from './submission.js';

/** Room that a request takes in the queue, in clicks; one whose clicks are all invalid waits as well. */
const loadOf = ({ clicks }: Submission) => Math.max(1, clicks.length);

/** The requests of one tenant, oldest first. */
class TenantQueue {
  clicks = 0;
  #waiting: Waiting[] = [];

  get requests(): number {
    return this.#waiting.length;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.clicks += loadOf(waiting.submission);
  }

  /** Takes the oldest requests with at most so many clicks; the first one however many it has, when it is `due`. */
  take(clicksMax: number, isDue: boolean): { requests: readonly Waiting[]; clicks: number } {
    let clicks = 0;
    let count = 0;
    for (; count < this.#waiting.length; count++) {
      const next = loadOf((this.#waiting[count] as Waiting).submission);
      if (clicks + next > clicksMax && !(isDue && count === 0)) break;
      clicks += next;
    }
    this.clicks -= clicks;
    if (count < this.#waiting.length) return { requests: this.#waiting.splice(0, count), clicks };
    const requests = this.#waiting;
    this.#waiting = [];
    return { requests, clicks };
  }
}

/**
 * Requests that wait for the ledger, a queue for each tenant. A batch is cut from all of them in equal shares, and what a share
 * leaves is filled by whoever has more: a tenant with thousands of clicks in the queue waits for them itself, and the next click
 * of any other is in the next batch.
 */
export class TenantQueues {
  /** Those that have a request waiting. Which comes first changes with each batch. */
  readonly #queues = new Map<number, TenantQueue>();
  #clicks = 0;
  #requests = 0;

  get clicks(): number {
    return this.#clicks;
  }

  get requests(): number {
    return this.#requests;
  }

  clicksOf(tenantId: number): number {
    return this.#queues.get(tenantId)?.clicks ?? 0;
  }

  /** Tenants that would have a request waiting if this one had. */
  tenantsWith(tenantId: number): number {
    return this.#queues.size + (this.#queues.has(tenantId) ? 0 : 1);
  }

  add(waiting: Waiting): void {
    const { tenantId } = waiting.submission;
    let queue = this.#queues.get(tenantId);
    if (!queue) {
      queue = new TenantQueue();
      this.#queues.set(tenantId, queue);
    }
    queue.add(waiting);
    this.#clicks += loadOf(waiting.submission);
    this.#requests++;
  }

  /** Takes the requests of a batch: at most so many clicks, or a single request that has more. */
  take(clicksMax: number): Waiting[] {
    const batch: Waiting[] = [];
    let clicks = 0;
    const share = Math.floor(clicksMax / this.#queues.size);
    const [first] = this.#queues.entries();
    for (const limit of [share, clicksMax])
      for (const queue of this.#queues.values()) {
        const taken = queue.take(Math.min(limit, clicksMax - clicks), batch.length === 0);
        clicks += taken.clicks;
        for (const waiting of taken.requests) batch.push(waiting);
      }
    this.#clicks -= clicks;
    this.#requests -= batch.length;
    if (first) {
      // Last next time: a request that is larger than a share gets its turn as well.
      this.#queues.delete(first[0]);
      this.#queues.set(...first);
    }
    for (const [tenantId, queue] of this.#queues) if (queue.requests === 0) this.#queues.delete(tenantId);
    return batch;
  }
}
