import type pg from 'pg';
import type { Background, Loop } from '../lib/background.js';
import { BoundedCache } from '../lib/bounded-cache.js';
import { hashToken } from '../lib/tokens.js';
import { noteKeyUse, readAccessState, readKeysInForce, type StoredKey } from './api-keys.js';
import { type Caller, inTestMode, makeCaller } from './caller.js';
import { TokenBucket } from './rate-limit.js';
import { readTestTenants } from './test-data.js';

/** Time between two looks at the state, one small query each: a revocation is in force on every node within 5 s. */
const POLL_MS = 2_000;
/** A key's last use is written this often at most. */
const USE_NOTED_MS = 60_000;
/** Keys as sent whose hash is kept, so that a known key costs one look-up. */
const HEADERS_KEPT_MAX = 10_000;
/** Longer than any key. */
const KEY_LENGTH_MAX = 100;
const ANY_ORIGIN = '*';
/** What is remembered of a text that is no key. */
const NO_KEY = 'none';

/** A key as it is in force. */
export interface KeyInForce {
  readonly keyId: number;
  readonly caller: Caller;
  readonly expiresAtMs: number;
  readonly bucket: TokenBucket | null;
  readonly policyHeader: string;
  allowsOrigin(origin: string): boolean;
  usedAtMs: number;
  notedAtMs: number;
}

const NOTE_USES = { name: 'keys in force', failure: 'when keys were last used before the stop is not noted' };

/**
 * Every key in force, held in memory so that checking one asks nobody, and read again when the ledger says that something
 * was changed. While the ledger is away the last ones stay in force.
 */
export class AccessInForce {
  /** Whether a key or a member was ever made. Until then the server is open (protected mode). */
  isConfigured = false;
  #revision = -1;
  #keys = new Map<string, KeyInForce>();
  #testTenants = new Map<number, number>();
  #byHeader = new BoundedCache<KeyInForce | typeof NO_KEY>(HEADERS_KEPT_MAX);
  #origins = new Set<string>();
  #loop: Loop | null = null;
  #reading: Promise<void> | null = null;

  constructor(private readonly parts: { pool: pg.Pool; background: Background; now: () => number }) {}

  /** Reads them for the first time, and then keeps looking. */
  async start(): Promise<void> {
    await this.refresh();
    this.#loop ??= this.parts.background.every(
      { name: 'keys in force', failure: 'keys can not be read; the last ones stay in force' },
      { everyMs: POLL_MS },
      async () => {
        await this.refresh();
        await this.#noteUses(USE_NOTED_MS);
      },
    );
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
    await this.parts.background.run(NOTE_USES, () => this.#noteUses(0));
  }

  /** The key that was sent, if it is one and in force; null otherwise. */
  findKey(sent: string): KeyInForce | null {
    if (sent.length > KEY_LENGTH_MAX) return null;
    const key = this.#byHeader.get(sent, this.#find);
    if (key === NO_KEY) return null;
    const nowMs = this.parts.now();
    if (nowMs >= key.expiresAtMs) return null;
    key.usedAtMs = nowMs;
    return key;
  }

  /** The tenant that holds a tenant's test data; null until there is one. */
  testTenantOf(tenantId: number): number | null {
    return this.#testTenants.get(tenantId) ?? null;
  }

  /** Whether a key of anybody may be used from this origin: all that a browser's preflight can be told. */
  isKnownOrigin(origin: string): boolean {
    return this.#origins.has(origin) || this.#origins.has(ANY_ORIGIN);
  }

  /** Reads what was changed. When it resolves, whatever was committed before the call is in force here. */
  async refresh(): Promise<void> {
    // One that began before may have missed the change.
    await this.#reading?.catch(() => undefined);
    this.#reading = this.#read();
    await this.#reading;
  }

  readonly #find = (sent: string): KeyInForce | typeof NO_KEY =>
    this.#keys.get(hashToken(sent).toString('hex')) ?? NO_KEY;

  async #read(): Promise<void> {
    const { pool } = this.parts;
    const { isConfigured, revision } = await readAccessState(pool);
    if (revision !== this.#revision) {
      const before = new Map([...this.#keys.values()].map((key) => [key.keyId, key]));
      const [stored, testTenants] = await Promise.all([readKeysInForce(pool), readTestTenants(pool)]);
      this.#testTenants = testTenants;
      this.#keys = new Map(
        stored.flatMap((key) => {
          const caller = this.#callerOf(key);
          if (caller === null) return [];
          return [[key.hash.toString('hex'), this.#inForce(key, caller, before.get(key.keyId))] as const];
        }),
      );
      this.#origins = new Set(stored.flatMap((key) => key.origins));
      this.#byHeader = new BoundedCache(HEADERS_KEPT_MAX);
      this.#revision = revision;
    }
    this.isConfigured = isConfigured;
  }

  #inForce(key: StoredKey, caller: Caller, before: KeyInForce | undefined): KeyInForce {
    const origins = new Set(key.origins);
    const rate = key.requestsPerSecond;
    // What a key has used up stays used up when another one is changed.
    const kept = before?.bucket?.perSecond === rate ? before?.bucket : undefined;
    return {
      keyId: key.keyId,
      caller,
      expiresAtMs: key.expiresAtMs ?? Number.POSITIVE_INFINITY,
      bucket: rate === null ? null : (kept ?? new TokenBucket(rate, this.parts.now())),
      policyHeader: rate === null ? '' : `"key";q=${rate};w=1`,
      allowsOrigin: (origin) => origins.has(origin) || origins.has(ANY_ORIGIN),
      usedAtMs: before?.usedAtMs ?? 0,
      notedAtMs: before?.notedAtMs ?? 0,
    };
  }

  /**
   * Whom a key speaks for. The tenant of a test key is looked up here, so that a click of one takes the fast path like any other;
   * null while there is none, which is made before the key is.
   */
  #callerOf({ tenantId, isTest, name, scopes }: StoredKey): Caller | null {
    const caller = makeCaller({
      tenantId,
      actor: `key ${name}`,
      scopes: new Set(scopes),
      isMember: false,
      advertiserIds: null,
    });
    if (!isTest) return caller;
    const testTenantId = this.testTenantOf(tenantId);
    return testTenantId === null ? null : inTestMode(caller, testTenantId);
  }

  /** Writes when keys were used that were not noted for so long. */
  async #noteUses(olderThanMs: number): Promise<void> {
    const due = [...this.#keys.values()].filter((key) => key.usedAtMs > key.notedAtMs + olderThanMs);
    if (due.length === 0) return;
    const uses = new Map(due.map((key) => [key.keyId, Math.trunc(key.usedAtMs)]));
    await noteKeyUse(this.parts.pool, uses);
    for (const key of due) key.notedAtMs = uses.get(key.keyId) ?? 0;
  }
}
