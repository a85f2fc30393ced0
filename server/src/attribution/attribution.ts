import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { Counter, type Registry } from 'prom-client';
import type { Background } from '../lib/background.js';
import { attribute } from './attribute.js';
import { firstQueued, lookThroughChunks, nextTenant, queueExpired, readAttributionMark } from './queue.js';

/** Conversions of one tenant that are decided at once; then the next tenant has its turn. */
const EACH_MAX = 100;
/** Chunks that are looked through in a turn: more wait only when analytics was away. */
const CHUNKS_MAX = 10;
/** A turn begins nothing more after this: the next chunk waits for it. */
const TURN_MS_MAX = 400;
/** Time between two looks for conversions whose wait is over. */
const EXPIRED_LOOK_MS = 30_000;
/** Time from a failure to the next try. */
const RETRY_MS = 1_000;
const TASK = { name: 'attribution', failure: 'conversions could not be attributed; it is tried again' };

/**
 * Finds the click of each conversion, and finds it again when a click or a verdict has come that may change it:
 *
 *     chunk delivered ─▶ its conversions, and those that its clicks and verdicts may move, are queued (the watermark moves with them)
 *                     ─▶ each is decided, and leaves the queue in the transaction that stores what has changed
 *
 * A crash between any two steps decides once more, which changes nothing. It has its turns between two chunks of the relay, so there is
 * one; every click that was committed before a conversion is then in analytics, and what is decided does not depend on the time.
 */
export class Attribution {
  /** Whether conversions may be in the queue, or chunks not looked through. */
  #mayWait = true;
  #notBefore = 0;
  #nextExpiredLookAt = 0;
  #lastTenantId = 0;
  readonly #changed: Counter;

  constructor(
    private readonly parts: {
      client: ClickHouseClient;
      rebuild: { readonly isRunning: boolean; readonly progress: { months: readonly number[] | null } };
      now: () => number;
      registry: Registry;
      background: Background;
      /** Called while there is more to do: the next turn need not wait for a chunk. */
      onMore?: () => void;
      eachMax?: number;
      turnMsMax?: number;
      expiredLookMs?: number;
    },
  ) {
    this.#changed = new Counter({
      name: 'clickledger_attributions_total',
      help: 'Changes of what conversions are attributed to.',
      registers: [parts.registry],
    });
  }

  /** This process relays now: another one may have left conversions in the queue. */
  lead(): Promise<void> {
    this.#mayWait = true;
    return Promise.resolve();
  }

  /** Looks through what was delivered, and decides for a while. A failure is logged; it is tried again. */
  async turn(session: pg.Client, hasMoved: boolean): Promise<void> {
    const startedAt = performance.now();
    this.#mayWait ||= hasMoved;
    if (startedAt < this.#notBefore || this.#isIncomplete) return;
    const isLookDue = startedAt >= this.#nextExpiredLookAt;
    if (!this.#mayWait && !isLookDue) return;
    const isDone = await this.parts.background.run(TASK, async () => {
      if (isLookDue) {
        await queueExpired(session, this.parts.now());
        this.#nextExpiredLookAt = startedAt + (this.parts.expiredLookMs ?? EXPIRED_LOOK_MS);
      }
      await this.#work(session, startedAt);
    });
    if (!isDone) {
      this.#mayWait = true;
      this.#notBefore = performance.now() + RETRY_MS;
    } else if (this.#mayWait) this.parts.onMore?.();
  }

  async #work(session: pg.Client, startedAt: number): Promise<void> {
    const chunks = await lookThroughChunks(session, CHUNKS_MAX);
    const { turnMsMax = TURN_MS_MAX } = this.parts;
    const mark = await readAttributionMark(session);
    do {
      const tenantId = await nextTenant(session, this.#lastTenantId);
      if (tenantId === null) {
        this.#mayWait = chunks === CHUNKS_MAX;
        return;
      }
      // Also when it fails: others go on before it is tried again.
      this.#lastTenantId = tenantId;
      await this.#decide(session, tenantId, mark);
    } while (performance.now() - startedAt < turnMsMax);
  }

  async #decide(session: pg.Client, tenantId: number, mark: number): Promise<void> {
    const { client, now, eachMax = EACH_MAX } = this.parts;
    const ids = await firstQueued(session, tenantId, eachMax);
    this.#changed.inc(await attribute({ session, client, nowMs: now(), mark }, tenantId, ids));
  }

  /** Analytics may lack clicks that it had: what is not found there would be taken for unknown. */
  get #isIncomplete(): boolean {
    const { rebuild } = this.parts;
    return rebuild.isRunning && rebuild.progress.months === null;
  }
}
