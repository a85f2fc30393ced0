import type { VelocityRequest } from '../click/counters.js';
import { TenantMaps } from '../lib/tenant-maps.js';
import {
  type CounterIncrement,
  type Guard,
  type GuardAnswer,
  type GuardClick,
  type GuardClickAnswer,
  type GuardRequest,
  type KeyRef,
  type Mark,
  REPLY_LENGTH_MAX,
  type Settled,
  type StoredClick,
  type StoredReply,
} from './guard.js';
import { MemoryCounters } from './memory-counters.js';
import { type MemoryMark, MemoryMarks } from './memory-marks.js';
import { keyOf, type RecordKey } from './records.js';
import { SlidingWindows } from './sliding-windows.js';

/** Longest window of a velocity. */
const WINDOW_MS_MAX = 600_000;

/** The guard in this process: for a single node. Nothing of it survives a restart; the ledger's constraint does. */
export class MemoryGuard implements Guard {
  readonly #node: string;
  readonly #keys = new MemoryMarks();
  readonly #ids = new MemoryMarks();
  readonly #velocities = [10_000, 60_000, WINDOW_MS_MAX].map(
    (windowMsMax) => new SlidingWindows(windowMsMax),
  );
  readonly #counters = new MemoryCounters();
  #nowMs = 0;
  /** By name of the velocity: all clicks of a batch have one address. */
  readonly #lastSubjects = new Map<string, { tenantId: number; subject: string; key: RecordKey }>();
  // What the last look-up marked is settled next, and need not be hashed again.
  readonly #lastKeys = new TenantMaps<RecordKey>();
  readonly #lastIds = new TenantMaps<RecordKey>();

  constructor(options: { node: string }) {
    this.#node = options.node;
  }

  async look(requests: readonly GuardRequest[], nowMs: number): Promise<GuardAnswer[]> {
    this.#nowMs = nowMs;
    this.#lastKeys.clear();
    this.#lastIds.clear();
    return requests.map((request) => ({
      key: request.idempotency ? this.#lookKey(request.tenantId, request.idempotency, nowMs) : null,
      clicks: request.clicks.map((click) => this.#lookClick(request.tenantId, click, nowMs)),
    }));
  }

  #lookKey(tenantId: number, { key, bodyHash }: { key: string; bodyHash: string }, nowMs: number) {
    const hashed = keyFor(tenantId, key);
    this.#lastKeys.of(tenantId).set(key, hashed);
    const found = this.#keys.getOrMark(hashed, bodyHash, nowMs);
    return found && this.#toKeyMark(found);
  }

  #lookClick(tenantId: number, click: GuardClick, nowMs: number): GuardClickAnswer {
    const id = keyFor(tenantId, click.clickId);
    if (click.mayRepeat) this.#lastIds.of(tenantId).set(click.clickId, id);
    const found = click.mayRepeat ? this.#ids.getOrMark(id, '', nowMs) : null;
    const mark = found && this.#toMark<StoredClick>(found, { isFraudulent: found.flag });
    // A repeat counts towards nothing.
    if (mark?.state === 'committed')
      return {
        mark,
        counts: click.velocities.map(() => 0),
        added: click.velocities.map(() => false),
        counter: null,
      };
    const added: boolean[] = [];
    const counts = click.velocities.map((velocity) => {
      const windows = this.#windowsOf(velocity.windowMs);
      const subject = this.#subjectOf(tenantId, velocity);
      const count = windows.add(subject, id, click.clickedAtMs, velocity, nowMs);
      added.push(windows.hasAdded);
      return count;
    });
    const counter = click.counter && this.#counters.read(tenantId, click.counter, click.clickedAtMs);
    return { mark, counts, added, counter };
  }

  #subjectOf(tenantId: number, { name, subject }: VelocityRequest): RecordKey {
    const last = this.#lastSubjects.get(name);
    if (last?.subject === subject && last.tenantId === tenantId) return last.key;
    const key = keyOf(`${tenantId}\n${name}\n${subject}`);
    this.#lastSubjects.set(name, { tenantId, subject, key });
    return key;
  }

  /** Windows of about a length share their tables: what is short goes soon. */
  #windowsOf(windowMs: number): SlidingWindows {
    const found = this.#velocities.find(({ windowMsMax }) => windowMs <= windowMsMax);
    if (!found) throw new RangeError(`No window may be longer than ${WINDOW_MS_MAX} ms`);
    return found;
  }

  #toMark<T>({ isCommitted, setAtMs }: MemoryMark, value: T): Mark<T> {
    return { state: isCommitted ? 'committed' : 'pending', node: this.#node, setAtMs, value };
  }

  #toKeyMark(found: MemoryMark): Mark<StoredReply> {
    return this.#toMark(found, { bodyHash: found.bodyHash, reply: found.reply });
  }

  async peekKey({ tenantId, key }: KeyRef): Promise<Mark<StoredReply> | null> {
    const found = this.#keys.get(keyFor(tenantId, key), this.#nowMs);
    return found && this.#toKeyMark(found);
  }

  async settle(settled: readonly Settled[], increments: readonly CounterIncrement[] = []): Promise<void> {
    for (const one of increments) this.#counters.add(one, this.#nowMs);
    for (const { tenantId, idempotency, clicks } of settled) {
      if (idempotency) {
        const { key, bodyHash } = idempotency;
        const reply = idempotency.reply.length > REPLY_LENGTH_MAX ? null : idempotency.reply;
        const hashed = this.#lastKeys.of(tenantId).get(key) ?? keyFor(tenantId, key);
        this.#keys.commit(hashed, { flag: false, bodyHash, reply }, this.#nowMs);
      }
      const lastIds = this.#lastIds.of(tenantId);
      for (const { clickId, isFraudulent } of clicks) {
        const id = lastIds.get(clickId) ?? keyFor(tenantId, clickId);
        this.#ids.commit(id, { flag: isFraudulent, bodyHash: '', reply: null }, this.#nowMs);
      }
    }
  }

  async release(requests: readonly GuardRequest[]): Promise<void> {
    for (const { tenantId, idempotency, clicks } of requests) {
      if (idempotency) this.#keys.release(keyFor(tenantId, idempotency.key), this.#nowMs);
      for (const click of clicks) {
        const id = keyFor(tenantId, click.clickId);
        if (!this.#ids.release(id, this.#nowMs)) continue;
        for (const velocity of click.velocities)
          this.#windowsOf(velocity.windowMs).remove(
            this.#subjectOf(tenantId, velocity),
            id,
            click.clickedAtMs,
            velocity,
          );
      }
    }
  }

  async ping(): Promise<void> {
    // In our own process: it answers when we do.
  }

  async close(): Promise<void> {
    // Nothing to give back.
  }
}

/** Of an id or an idempotency key. */
const keyFor = (tenantId: number, text: string) => keyOf(`${tenantId}\n${text}`);
