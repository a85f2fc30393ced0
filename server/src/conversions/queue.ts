import type { ConversionAnswer, ConversionSubmission } from './conversion.js';

/** No request is let in behind so many conversions. */
export const QUEUE_CONVERSIONS_MAX = 4_000;
/** Nor behind so many of all tenants: each tenant beside the one that filled the queue still finds its share. */
const QUEUE_CONVERSIONS_TOTAL_MAX = 2 * QUEUE_CONVERSIONS_MAX;
/** Most conversions in one transaction, unless a single request has more. */
export const COMMIT_CONVERSIONS_MAX = 1_000;

/** A request from its arrival to its answer. */
export interface WaitingConversions {
  submission: ConversionSubmission;
  resolve: (answer: ConversionAnswer) => void;
  reject: (error: Error) => void;
}

/** Room that a request takes in the queue. */
const loadOf = ({ submission }: WaitingConversions) => Math.max(1, submission.conversions.length);

/**
 * Requests that wait for the ledger, by tenant. Each commit takes from all tenants in equal shares, and what a share leaves is filled by
 * whoever has more: a tenant that sends thousands waits for them itself.
 */
export class ConversionQueue {
  readonly #waiting = new Map<number, WaitingConversions[]>();
  readonly #loads = new Map<number, number>();
  #load = 0;

  /** Conversions that wait. */
  get load(): number {
    return this.#load;
  }

  /** Whether one more request of the tenant may wait. One tenant alone may fill the queue; the others still get an equal share each. */
  hasRoomFor(tenantId: number): boolean {
    if (this.#load < QUEUE_CONVERSIONS_MAX) return true;
    const own = this.#loads.get(tenantId) ?? 0;
    const tenants = this.#loads.size + (own === 0 ? 1 : 0);
    return own < QUEUE_CONVERSIONS_MAX / tenants && this.#load < QUEUE_CONVERSIONS_TOTAL_MAX;
  }

  add(waiting: WaitingConversions): void {
    const { tenantId } = waiting.submission;
    const queue = this.#waiting.get(tenantId) ?? [];
    queue.push(waiting);
    this.#waiting.set(tenantId, queue);
    this.#count(tenantId, loadOf(waiting));
  }

  /** Takes the requests of the next commit, oldest first of each tenant; none when nobody waits. */
  take(): WaitingConversions[] {
    const taken: WaitingConversions[] = [];
    let left = COMMIT_CONVERSIONS_MAX;
    const tenants = [...this.#waiting.keys()];
    const share = Math.floor(COMMIT_CONVERSIONS_MAX / Math.max(1, tenants.length));
    for (const limit of [share, COMMIT_CONVERSIONS_MAX])
      for (const tenantId of tenants) {
        const requests = this.#takeOf(tenantId, Math.min(limit, left), taken.length === 0);
        for (const one of requests) left -= loadOf(one);
        taken.push(...requests);
      }
    const [first] = tenants;
    const rest = first === undefined ? undefined : this.#waiting.get(first);
    if (first !== undefined && rest) {
      // Last next time: a request that is larger than a share gets its turn as well.
      this.#waiting.delete(first);
      this.#waiting.set(first, rest);
    }
    return taken;
  }

  /** The oldest requests of a tenant with at most so many conversions; the first one however many it has, when it is due. */
  #takeOf(tenantId: number, max: number, isDue: boolean): WaitingConversions[] {
    const queue = this.#waiting.get(tenantId);
    if (!queue) return [];
    let load = 0;
    let count = 0;
    for (const waiting of queue) {
      if (load + loadOf(waiting) > max && !(isDue && count === 0)) break;
      load += loadOf(waiting);
      count++;
    }
    this.#count(tenantId, -load);
    if (count === queue.length) this.#waiting.delete(tenantId);
    return queue.splice(0, count);
  }

  #count(tenantId: number, change: number): void {
    const load = (this.#loads.get(tenantId) ?? 0) + change;
    if (load === 0) this.#loads.delete(tenantId);
    else this.#loads.set(tenantId, load);
    this.#load += change;
  }
}
