import { type Guard, GuardUnavailable, type Mark, type StoredReply } from '../guard/guard.js';
import { judgeKey, replyOfFirst } from '../ingest/idempotency.js';
import { Refused } from '../ingest/submission.js';
import type { Background } from '../lib/background.js';
import { errorFields, type Log } from '../lib/log.js';
import { TenantMaps } from '../lib/tenant-maps.js';

const TELL_GUARD = { name: 'guard marks', failure: 'the guard was not told; the ledger decides on repeats' };

interface Idempotency {
  key: string;
  /** Of route and body. */
  bodyHash: string;
}

/** An answer to a request with a key, as it is kept. */
export interface KeptAnswer {
  isRepeat: boolean;
  reply: string;
}

interface Parts {
  guard: Guard;
  node: string;
  now: () => number;
  background: Background;
  log: Log;
}

/**
 * Idempotency-Keys of conversions, by the same marks of the guard as those of clicks: the same key and request get the first reply again.
 * Without the guard the ledger decides: an order id, or the id that is derived from the key, is stored once.
 */
export class ConversionKeys {
  /** Requests of this node that are in flight: those that come with the key again get the same answer. */
  readonly #inFlight = new TenantMaps<{ bodyHash: string; answer: Promise<KeptAnswer> }>();

  constructor(private readonly parts: Parts) {}

  /**
   * Does the work for the first request with a key, and answers the others with its reply.
   *
   * @throws Refused `key_reused` for another request under the key, `key_in_flight` while another node has the first one for long
   */
  async once(
    tenantId: number,
    idempotency: Idempotency,
    work: () => Promise<KeptAnswer>,
  ): Promise<KeptAnswer> {
    const { key, bodyHash } = idempotency;
    const ofTenant = this.#inFlight.of(tenantId);
    const first = ofTenant.get(key);
    if (first) {
      if (first.bodyHash !== bodyHash) throw new Refused('key_reused');
      return { ...(await first.answer), isRepeat: true };
    }
    const answer = this.#first(tenantId, idempotency, work);
    ofTenant.set(key, { bodyHash, answer });
    try {
      return await answer;
    } finally {
      ofTenant.delete(key);
    }
  }

  async #first(
    tenantId: number,
    idempotency: Idempotency,
    work: () => Promise<KeptAnswer>,
  ): Promise<KeptAnswer> {
    const { guard, node, now } = this.parts;
    const request = { tenantId, idempotency, clicks: [] };
    const { isGuarded, keyMark } = await this.#look(request);
    const verdict = judgeKey({ keyMark, idempotency }, node, now());
    if (verdict === 'reused') throw new Refused('key_reused');
    if (verdict === 'in_flight') {
      const reply = await replyOfFirst(guard, tenantId, idempotency.key).catch(noneWhileAway);
      if (reply === null) throw new Refused('key_in_flight');
      return { reply, isRepeat: true };
    }
    if (verdict !== 'go_on') return { reply: verdict.replay, isRepeat: true };
    try {
      const answer = await work();
      const settled = { tenantId, idempotency: { ...idempotency, reply: answer.reply }, clicks: [] };
      if (isGuarded) await this.#tell(() => guard.settle([settled]));
      return answer;
    } catch (error) {
      if (isGuarded) await this.#tell(() => guard.release([request]));
      throw error;
    }
  }

  async #look(
    request: Parameters<Guard['look']>[0][number],
  ): Promise<{ isGuarded: boolean; keyMark: Mark<StoredReply> | null }> {
    try {
      const [answer] = await this.parts.guard.look([request], this.parts.now());
      return { isGuarded: true, keyMark: answer?.key ?? null };
    } catch (error) {
      if (!(error instanceof GuardUnavailable)) this.parts.log.error(errorFields(error), 'the guard failed');
      return { isGuarded: false, keyMark: null };
    }
  }

  /** Before the answer: a repeat that comes right after it, here or elsewhere, finds the mark. */
  async #tell(work: () => Promise<void>): Promise<void> {
    await this.parts.background.run(TELL_GUARD, work);
  }
}

/** The client tries again after 409; what is no outage is an error of ours. */
function noneWhileAway(error: unknown): null {
  if (error instanceof GuardUnavailable) return null;
  throw error;
}
