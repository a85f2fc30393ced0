import {
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
  type Tallied,
} from './guard.js';
import { type MemoryMark, MemoryMarks } from './memory-marks.js';
import { MemoryTallies } from './memory-tallies.js';
import { keyOf } from './records.js';
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
  readonly #tallies = new MemoryTallies();
  #nowMs = 0;

  constructor(options: { node: string }) {
    this.#node = options.node;
  }

  async look(requests: readonly GuardRequest[], nowMs: number): Promise<GuardAnswer[]> {
    this.#nowMs = nowMs;
    return requests.map((request) => ({
      key: request.idempotency ? this.#lookKey(request.tenantId, request.idempotency, nowMs) : null,
      clicks: request.clicks.map((click) => this.#lookClick(request.tenantId, click, nowMs)),
    }));
  }

  #lookKey(tenantId: number, { key, bodyHash }: { key: string; bodyHash: string }, nowMs: number) {
    const found = this.#keys.getOrMark(`${tenantId}\n${key}`, bodyHash, nowMs);
    return found && this.#toKeyMark(found);
  }

  #lookClick(tenantId: number, click: GuardClick, nowMs: number): GuardClickAnswer {
    const found = click.mayRepeat ? this.#ids.getOrMark(`${tenantId}\n${click.clickId}`, '', nowMs) : null;
    const mark = found && this.#toMark<StoredClick>(found, { isFraudulent: found.flag });
    // A repeat counts towards nothing.
    if (mark?.state === 'committed')
      return {
        mark,
        counts: click.velocities.map(() => 0),
        added: click.velocities.map(() => false),
        tally: null,
      };
    const id = keyOf(click.clickId);
    const added: boolean[] = [];
    const counts = click.velocities.map((velocity) => {
      const windows = this.#windowsOf(velocity.windowMs);
      const subject = keyOf(`${tenantId}\n${velocity.name}\n${velocity.subject}`);
      const count = windows.add(subject, id, click.clickedAtMs, velocity, nowMs);
      added.push(windows.hasAdded);
      return count;
    });
    const tally = click.tally && this.#tallies.read(tenantId, click.tally, click.clickedAtMs);
    return { mark, counts, added, tally };
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
    const found = this.#keys.get(`${tenantId}\n${key}`, this.#nowMs);
    return found && this.#toKeyMark(found);
  }

  async settle(settled: readonly Settled[], tallied: readonly Tallied[] = []): Promise<void> {
    for (const one of tallied) this.#tallies.add(one, this.#nowMs);
    for (const { tenantId, idempotency, clicks } of settled) {
      if (idempotency) {
        const { key, bodyHash } = idempotency;
        const reply = idempotency.reply.length > REPLY_LENGTH_MAX ? null : idempotency.reply;
        this.#keys.commit(`${tenantId}\n${key}`, { flag: false, bodyHash, reply }, this.#nowMs);
      }
      for (const { clickId, isFraudulent } of clicks)
        this.#ids.commit(
          `${tenantId}\n${clickId}`,
          { flag: isFraudulent, bodyHash: '', reply: null },
          this.#nowMs,
        );
    }
  }

  async release(requests: readonly GuardRequest[]): Promise<void> {
    for (const { tenantId, idempotency, clicks } of requests) {
      if (idempotency) this.#keys.release(`${tenantId}\n${idempotency.key}`, this.#nowMs);
      for (const click of clicks) {
        if (!this.#ids.release(`${tenantId}\n${click.clickId}`, this.#nowMs)) continue;
        for (const velocity of click.velocities)
          this.#windowsOf(velocity.windowMs).remove(
            keyOf(`${tenantId}\n${velocity.name}\n${velocity.subject}`),
            keyOf(click.clickId),
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
