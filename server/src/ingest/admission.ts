/** No request is let in behind so many clicks, whatever happens: about a second's worth at full rate. */
export const QUEUE_CLICKS_MAX = 10_000;
/** Nor behind so many of all tenants: each tenant beside the one that filled the queue still finds its share. */
const QUEUE_CLICKS_TOTAL_MAX = 2 * QUEUE_CLICKS_MAX;
/** A request should not wait longer than this before its batch is cut. */
const WAIT_MS_TARGET = 40;
/** A burst may make the queue longer than that for so long; what lasts longer is not a burst but overload. */
const PATIENCE_MS = 500;
/** Overload is over when nothing was refused for so long. */
const CALM_MS = 1_000;
/**
 * However slow the commits seem, so many clicks may wait: one batch, which a ledger takes in some 20 ms. With less, overload feeds
 * itself: refusing keeps the event loop busy, so small batches take as long as large ones, look like a slow ledger, and get smaller.
 */
const QUEUE_CLICKS_MIN = 400;
/** So few requests are no crowd, however many clicks they bring and however long they wait: an import's, for example. */
const CROWD_REQUESTS_MIN = 50;
/** Share of the newest batch in the estimated rate. */
const RATE_WEIGHT = 0.1;
const RATE_START = 10_000;

/**
 * Decides how many clicks may wait. Past saturation a queue of a fixed length only makes everybody wait for its whole
 * length; so once the wait has stood above its target for longer than a burst lasts, the queue is cut to what the commits of the
 * last moments can take within the target, and the rest is refused at once.
 *
 *     calm ──wait over target for PATIENCE_MS──▶ overloaded ──nothing refused for CALM_MS──▶ calm
 *
 * After Nichols and Jacobson, "Controlling Queue Delay" (2012): a standing queue is told from a burst by how long it stands.
 * Times in milliseconds of a monotonic clock, passed in.
 */
export class Admission {
  #clicksPerMs = RATE_START / 1_000;
  #overloaded = false;
  /** Since when each batch was late and left a crowd waiting; null while that isn't so. */
  #lateSinceMs: number | null = null;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #lastDoneAt = 0;

  get isOverloaded(): boolean {
    return this.#overloaded;
  }

  /** Most clicks that may wait now. */
  get queueMax(): number {
    if (!this.#overloaded) return QUEUE_CLICKS_MAX;
    const inTime = Math.floor(this.#clicksPerMs * WAIT_MS_TARGET);
    return Math.max(QUEUE_CLICKS_MIN, Math.min(QUEUE_CLICKS_MAX, inTime));
  }

  /**
   * Whether one more request may wait behind those queued. However many clicks it brings: a batch would otherwise never find
   * room between single clicks. So the queue holds at most one request more than its limit.
   *
   * One tenant alone may fill the queue. The others are let in all the same, each up to an equal share of it.
   *
   * @param ownClicks of those queued, the ones of the request's tenant
   * @param tenants how many wait, with this one
   */
  admits(queuedClicks: number, nowMs: number, ownClicks = queuedClicks, tenants = 1): boolean {
    const { queueMax } = this;
    if (queuedClicks < queueMax) return true;
    if (ownClicks < queueMax / tenants && queuedClicks < QUEUE_CLICKS_TOTAL_MAX) return true;
    this.#refusedAt = nowMs;
    return false;
  }

  /** After each batch: how many clicks it had, how long its oldest request waited to be in it, how many wait already. */
  batchDone(
    batch: { clicks: number; waitedMs: number; requestsWaiting: number; isCommitted: boolean },
    nowMs: number,
  ): void {
    if (batch.waitedMs <= WAIT_MS_TARGET || batch.requestsWaiting < CROWD_REQUESTS_MIN)
      this.#lateSinceMs = null;
    else this.#lateSinceMs ??= nowMs;
    if (!this.#overloaded)
      this.#overloaded = this.#lateSinceMs !== null && nowMs - this.#lateSinceMs > PATIENCE_MS;
    else if (nowMs - this.#refusedAt > CALM_MS && batch.waitedMs <= WAIT_MS_TARGET) this.#overloaded = false;
    // Only batches that follow each other without a pause show what the ledger can take. One that failed shows nothing:
    // the time a dead ledger takes to say so would leave the queue short long after it is back.
    const tookMs = nowMs - this.#lastDoneAt;
    if (batch.isCommitted && batch.requestsWaiting > 0 && tookMs > 0)
      this.#clicksPerMs += RATE_WEIGHT * (batch.clicks / tookMs - this.#clicksPerMs);
    this.#lastDoneAt = nowMs;
  }
}
