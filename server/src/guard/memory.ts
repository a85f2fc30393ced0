import {
  type Guard,
  type GuardAnswer,
  type GuardClick,
  type GuardRequest,
  type KeyRef,
  MARK_TTL_MS,
  type Mark,
  REPLY_LENGTH_MAX,
  type Settled,
  type StoredClick,
  type StoredReply,
} from './guard.js';
import { SlidingWindows } from './sliding-windows.js';

/** Marks of each kind kept at most; beyond it the oldest go. It is a hint: the ledger catches what is forgotten. */
export const MARKS_MAX = 4_000_000;
/** Expired marks dropped a look at most, so that no look pays for many. */
const SWEEP_MAX = 5_000;

type Kept<T> = Mark<T> & { expiresAtMs: number };

/** Marks in the order they were set: the oldest first, so that expiry is a walk from the front. */
class Marks<T> {
  readonly #marks = new Map<string, Kept<T>>();

  get(id: string, nowMs: number): Kept<T> | null {
    const mark = this.#marks.get(id);
    return mark && mark.expiresAtMs > nowMs ? mark : null;
  }

  set(id: string, mark: Kept<T>): void {
    this.#marks.delete(id);
    this.#marks.set(id, mark);
  }

  delete(id: string): void {
    this.#marks.delete(id);
  }

  sweep(nowMs: number): void {
    let dropped = 0;
    for (const [id, mark] of this.#marks) {
      if ((mark.expiresAtMs > nowMs && this.#marks.size <= MARKS_MAX) || dropped++ >= SWEEP_MAX) return;
      this.#marks.delete(id);
    }
  }
}

/** The guard in this process: for a single node. Nothing of it survives a restart; the ledger's constraint does. */
export class MemoryGuard implements Guard {
  readonly #node: string;
  readonly #keys = new Marks<StoredReply>();
  readonly #ids = new Marks<StoredClick>();
  readonly #velocities = new SlidingWindows();
  #nowMs = 0;

  constructor(options: { node: string }) {
    this.#node = options.node;
  }

  async look(requests: readonly GuardRequest[], nowMs: number): Promise<GuardAnswer[]> {
    this.#nowMs = nowMs;
    this.#keys.sweep(nowMs);
    this.#ids.sweep(nowMs);
    this.#velocities.sweep(nowMs);
    return requests.map((request) => ({
      key: request.idempotency ? this.#lookKey(request.tenantId, request.idempotency, nowMs) : null,
      clicks: request.clicks.map((click) => this.#lookClick(request.tenantId, click, nowMs)),
    }));
  }

  #lookKey(tenantId: number, { key, bodyHash }: { key: string; bodyHash: string }, nowMs: number) {
    const id = `${tenantId}\n${key}`;
    const found = this.#keys.get(id, nowMs);
    if (!found) this.#keys.set(id, this.#mark('pending', { bodyHash, reply: null }, nowMs));
    return found;
  }

  #lookClick(tenantId: number, click: GuardClick, nowMs: number) {
    const mark = click.mayRepeat ? this.#ids.get(`${tenantId}\n${click.clickId}`, nowMs) : null;
    // A repeat counts towards nothing.
    if (mark?.state === 'committed') return { mark, counts: click.velocities.map(() => 0) };
    if (click.mayRepeat && !mark)
      this.#ids.set(`${tenantId}\n${click.clickId}`, this.#mark('pending', { isFraudulent: false }, nowMs));
    const counts = click.velocities.map((velocity) =>
      this.#velocities.add(
        `${tenantId}\n${velocity.name}\n${velocity.subject}`,
        click.clickId,
        click.clickedAtMs,
        velocity,
        nowMs,
      ),
    );
    return { mark, counts };
  }

  #mark<T>(state: 'pending' | 'committed', value: T, nowMs: number): Kept<T> {
    return { state, node: this.#node, setAtMs: nowMs, value, expiresAtMs: nowMs + MARK_TTL_MS };
  }

  async peekKey({ tenantId, key }: KeyRef): Promise<Mark<StoredReply> | null> {
    return this.#keys.get(`${tenantId}\n${key}`, this.#nowMs);
  }

  async settle(settled: readonly Settled[]): Promise<void> {
    for (const { tenantId, idempotency, clicks } of settled) {
      if (idempotency) {
        const reply = idempotency.reply.length > REPLY_LENGTH_MAX ? null : idempotency.reply;
        this.#keys.set(
          `${tenantId}\n${idempotency.key}`,
          this.#mark('committed', { bodyHash: idempotency.bodyHash, reply }, this.#nowMs),
        );
      }
      for (const { clickId, isFraudulent } of clicks)
        this.#ids.set(`${tenantId}\n${clickId}`, this.#mark('committed', { isFraudulent }, this.#nowMs));
    }
  }

  async release(requests: readonly GuardRequest[]): Promise<void> {
    for (const { tenantId, idempotency, clicks } of requests) {
      if (idempotency && this.#keys.get(`${tenantId}\n${idempotency.key}`, this.#nowMs)?.state === 'pending')
        this.#keys.delete(`${tenantId}\n${idempotency.key}`);
      for (const click of clicks) {
        const mark = this.#ids.get(`${tenantId}\n${click.clickId}`, this.#nowMs);
        if (mark?.state === 'committed') continue;
        this.#ids.delete(`${tenantId}\n${click.clickId}`);
        for (const velocity of click.velocities)
          this.#velocities.remove(
            `${tenantId}\n${velocity.name}\n${velocity.subject}`,
            click.clickId,
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
