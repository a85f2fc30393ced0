import type { Waiting } from './batch-request.js';
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

/** A tenant with at most so many clicks waiting is light: a tenth of a batch, which a commit takes in some milliseconds. */
export const LIGHT_CLICKS_MAX = 200;

/** Most clicks of a long batch while light tenants have clicks as well: preparing it holds the event loop, which they wait for. */
export const SHARED_CLICKS_MAX = 1_000;

/** The requests of a batch, and whose they are. */
export interface Cut {
  requests: Waiting[];
  tenantIds: number[];
  /** Whether it has a tenant that is not light: then its commit may take long. */
  isLong: boolean;
}

/**
 * Requests that wait for the ledger, a queue for each tenant. A batch is cut from all of them in equal shares, and what a share
 * leaves is filled by whoever has more: a tenant with thousands of clicks in the queue waits for them itself.
 *
 * A tenant that has a batch in flight is left out until `done`: two batches of a tenant at once could hold the same key or id.
 */
export class TenantQueues {
  /** Those that have a request waiting. Which comes first changes with each batch. */
  readonly #queues = new Map<number, TenantQueue>();
  readonly #inFlight = new Set<number>();
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

  /** Whether `takeLight` would take requests of this tenant. */
  isLight(tenantId: number): boolean {
    const queue = this.#queues.get(tenantId);
    return queue !== undefined && queue.clicks <= LIGHT_CLICKS_MAX && !this.#inFlight.has(tenantId);
  }

  /** Whether `takeLight` would find any. */
  hasLight(): boolean {
    for (const tenantId of this.#queues.keys()) if (this.isLight(tenantId)) return true;
    return false;
  }

  /**
   * Takes the requests of a batch: at most so many clicks, or a single request that has more. When some tenants are light and some
   * are not, the light ones are left to `takeLight`: nobody's few clicks share the long commit of another's thousands.
   */
  take(clicksMax: number): Cut {
    const free = [...this.#queues].filter(([tenantId]) => !this.#inFlight.has(tenantId));
    const heavy = free.filter(([, { clicks }]) => clicks > LIGHT_CLICKS_MAX);
    if (heavy.length === 0) return { ...this.#cut(free, clicksMax), isLong: false };
    const isShared = heavy.length < free.length || this.#inFlight.size > 0;
    return {
      ...this.#cut(heavy, isShared ? Math.min(SHARED_CLICKS_MAX, clicksMax) : clicksMax),
      isLong: true,
    };
  }

  /** The same of the light tenants alone. */
  takeLight(clicksMax: number): Cut {
    const light = [...this.#queues].filter(([tenantId]) => this.isLight(tenantId));
    return { ...this.#cut(light, clicksMax), isLong: false };
  }

  /** The batch is over, whatever became of it: its tenants may be in another one. */
  done({ tenantIds }: Cut): void {
    for (const tenantId of tenantIds) this.#inFlight.delete(tenantId);
  }

  #cut(from: readonly (readonly [number, TenantQueue])[], clicksMax: number): Omit<Cut, 'isLong'> {
    const requests: Waiting[] = [];
    let clicks = 0;
    const share = Math.floor(clicksMax / from.length);
    const tenantIds = new Set<number>();
    for (const limit of [share, clicksMax])
      for (const [tenantId, queue] of from) {
        const taken = queue.take(Math.min(limit, clicksMax - clicks), requests.length === 0);
        if (taken.requests.length === 0) continue;
        clicks += taken.clicks;
        for (const waiting of taken.requests) requests.push(waiting);
        tenantIds.add(tenantId);
      }
    this.#clicks -= clicks;
    this.#requests -= requests.length;
    const [first] = from;
    if (first) {
      // Last next time: a request that is larger than a share gets its turn as well.
      this.#queues.delete(first[0]);
      this.#queues.set(...first);
    }
    for (const tenantId of tenantIds) {
      this.#inFlight.add(tenantId);
      if (this.#queues.get(tenantId)?.requests === 0) this.#queues.delete(tenantId);
    }
    return { requests, tenantIds: [...tenantIds] };
  }
}
