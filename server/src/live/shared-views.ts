import type { AggregateQuery, AggregateReply } from '@clickledger/contract';
import { ZodError } from 'zod';
import type { Background } from '../lib/background.js';
import { pickFields } from '../lib/pick-fields.js';
import { Shares } from '../lib/shares.js';
import { type EventStream, failureEvent, toEvent } from './event-streams.js';
import type { View } from './stream-view.js';
import { TICK_MS, Ticker } from './ticker.js';

/** Distinct questions that are watched at once, of all tenants and of each; beyond it a reader gets 503. */
export const VIEWS = { total: 1_000, each: 200 };
/** Questions in flight at once: the engine has other readers too. */
const RUNS_AT_ONCE_MAX = 2;
/** A question takes at most about this share of one connection: one of 100 ms is asked every second, one of 1 s every 10 s. */
const DUTY_FACTOR = 10;
/** A question that failed is asked again after so long at most: it may have waited for an engine that is back by now. */
export const FAILED_WAIT_MS_MAX = 2_000;

const TASK = {
  name: 'shared views',
  failure: 'a live view could not be refreshed; it is tried again',
};

interface Shared {
  view: View;
  /** Gives back the tenant's share. */
  giveBack: () => void;
  readers: Set<EventStream>;
  /** The last answer, as sent; null before the first. */
  event: Buffer | null;
  /** What the last answer said, without its timing. */
  content: string;
  /** The mark and range that the last answer was made at. */
  askedAs: string;
  /** Not to be asked before this moment. */
  notBeforeMs: number;
  /** When it was looked at last, counted in turns. */
  lastTurn: number;
  /** What its readers were told when it failed last; null while it is answered. */
  failure: Buffer | null;
}

/** Told once of a view that has become one that may not be asked. */
const invalid = (error: ZodError): Buffer =>
  toEvent('error', { code: 'invalid', message: error.issues.map(({ message }) => message).join('; ') }, null);

/**
 * One question a distinct view, however many look at it. A view is asked again when the relay delivered a chunk or its
 * range moved on, serialised once, and the same bytes are written to every reader, if the answer changed.
 */
export class SharedViews {
  readonly #views = new Map<string, Shared>();
  /** By tenant. */
  readonly #shares = new Shares<number>(VIEWS);
  /** When each tenant had its last turn, counted in turns: the one that waits longest is next. */
  readonly #lastTurns = new Map<number, number>();
  #turns = 0;
  readonly #ticker: Ticker;

  constructor(
    private readonly parts: {
      now: () => number;
      /** The newest chunk in analytics. */
      mark: () => Promise<number>;
      ask: (query: AggregateQuery, tenantId: number) => Promise<AggregateReply>;
      background: Background;
    },
  ) {
    this.#ticker = new Ticker(parts.background, TASK, () => this.#tick());
  }

  get size(): number {
    return this.#views.size;
  }

  /** Whether a tenant may watch these views of its own, or there are too many distinct ones. */
  hasRoom(tenantId: number, views: readonly View[]): boolean {
    const fresh = new Set(views.map((view) => view.key).filter((key) => !this.#views.has(key)));
    return fresh.size === 0 || this.#shares.hasRoom(tenantId, fresh.size);
  }

  /** Sends the view's answers to the reader from now on: the last one at once, if there is one. */
  watch(view: View, reader: EventStream): void {
    let shared = this.#views.get(view.key);
    if (!shared) {
      shared = {
        view,
        giveBack: this.#shares.take(view.tenantId),
        readers: new Set(),
        event: null,
        content: '',
        askedAs: '',
        notBeforeMs: 0,
        lastTurn: 0,
        failure: null,
      };
      this.#views.set(view.key, shared);
    }
    shared.readers.add(reader);
    if (shared.event) reader.send(shared.event);
    if (shared.failure) reader.send(shared.failure);
    this.#ticker.start();
    if (!shared.event) this.#ticker.poke();
  }

  unwatch(view: View, reader: EventStream): void {
    const shared = this.#views.get(view.key);
    if (!shared) return;
    shared.readers.delete(reader);
    if (shared.readers.size === 0) {
      this.#views.delete(view.key);
      shared.giveBack();
      if (this.#shares.takenBy(view.tenantId) === 0) this.#lastTurns.delete(view.tenantId);
    }
    if (this.#views.size === 0) this.#ticker.stop();
  }

  stop(): void {
    this.#ticker.stop();
  }

  async #tick(): Promise<void> {
    let mark: number;
    try {
      mark = await this.parts.mark();
    } catch (error) {
      for (const shared of this.#views.values()) this.#fail(shared, error);
      return;
    }
    // No longer: a mark and a tenant's turns are of one moment, and with many slow views to ask the next one would come late.
    const untilMs = performance.now() + TICK_MS;
    const begunAt = this.#turns;
    const worker = async () => {
      for (let next = this.#next(begunAt); next; next = this.#next(begunAt)) {
        if (performance.now() >= untilMs) return this.#ticker.poke();
        this.#lastTurns.set(next.view.tenantId, ++this.#turns);
        next.lastTurn = this.#turns;
        await this.#refresh(next, mark);
      }
    };
    await Promise.all(Array.from({ length: RUNS_AT_ONCE_MAX }, worker));
  }

  /**
   * The next view that is due and had no turn since `begunAt`: of the tenant whose last turn is longest ago, the one whose own is.
   * However many views a tenant watches, another one waits for no more than those that are being asked.
   */
  #next(begunAt: number): Shared | null {
    const nowMs = this.parts.now();
    let next: Shared | null = null;
    for (const shared of this.#views.values()) {
      if (shared.notBeforeMs > nowMs || shared.lastTurn > begunAt) continue;
      if (!next || this.#isBefore(shared, next)) next = shared;
    }
    return next;
  }

  #isBefore(one: Shared, other: Shared): boolean {
    const lastTurnOf = ({ view }: Shared) => this.#lastTurns.get(view.tenantId) ?? 0;
    return lastTurnOf(one) === lastTurnOf(other)
      ? one.lastTurn < other.lastTurn
      : lastTurnOf(one) < lastTurnOf(other);
  }

  async #refresh(shared: Shared, mark: number): Promise<void> {
    const startedAt = performance.now();
    let waitMsMax = Number.POSITIVE_INFINITY;
    try {
      // A range that moves may grow over what a question may ask: the view was valid when it was opened.
      const query = shared.view.queryAt(this.parts.now());
      const askedAs = `${mark} ${query.start_time} ${query.end_time}`;
      if (shared.readers.size === 0 || shared.askedAs === askedAs) return;
      const reply = await this.parts.ask(query, shared.view.tenantId);
      shared.askedAs = askedAs;
      const content = JSON.stringify([query.start_time, query.end_time, reply.data]);
      if (content !== shared.content || shared.failure) {
        shared.content = content;
        shared.failure = null;
        const { start_time, end_time } = query;
        const { key, fields } = shared.view;
        const told = fields === null ? reply : pickFields(reply, fields);
        shared.event = toEvent('result', { view: key, start_time, end_time, reply: told }, mark);
        for (const reader of shared.readers) reader.send(shared.event);
      }
    } catch (error) {
      this.#fail(shared, error);
      waitMsMax = FAILED_WAIT_MS_MAX;
    }
    const waitMs = Math.min(waitMsMax, (performance.now() - startedAt) * DUTY_FACTOR);
    shared.notBeforeMs = this.parts.now() + waitMs;
  }

  /** Its readers are told once; it is asked again soon. */
  #fail(shared: Shared, error: unknown): void {
    shared.askedAs = '';
    if (shared.failure) return;
    const isInvalid = error instanceof ZodError;
    if (!isInvalid) this.parts.background.failed(TASK, error);
    shared.failure = isInvalid ? invalid(error) : failureEvent(error);
    for (const reader of shared.readers) reader.send(shared.failure);
  }
}
