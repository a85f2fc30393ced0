import { readFileSync } from 'node:fs';
import { type ChainableCommander, Cluster, Redis } from 'ioredis';
import {
  type CounterIncrement,
  type Guard,
  type GuardAnswer,
  type GuardRequest,
  GuardUnavailable,
  HOUR_MS,
  type KeyRef,
  MARK_TTL_MS,
  type Mark,
  MINUTE_MS,
  REPLY_LENGTH_MAX,
  type Settled,
  type StoredReply,
} from './guard.js';
import { type Command, Lookup } from './redis-lookup.js';
import {
  bucketKey,
  clickMarkKey,
  committedClick,
  committedKey,
  counterKeys,
  keyMarkKey,
  pendingPrefix,
  readKeyMark,
} from './redis-marks.js';

const TIMEOUT_MS = 250;
const CONNECT_MS_MAX = 2_000;
const RECONNECT_MS_MAX = 1_000;
/** After a failure the guard is taken for away this long, so that not every batch waits for a timeout. */
const AWAY_MS = 500;

const lua = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');

const OPTIONS = {
  // A command that can't be sent at once fails at once: the batch goes on without the guard.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_MS_MAX,
  retryStrategy: (attempt: number) => Math.min(attempt * 50, RECONNECT_MS_MAX),
};

/** The guard in Redis 7 or Valkey 8, shared by all nodes; a cluster as `redis-cluster://host:port,host:port`. */
export class RedisGuard implements Guard {
  readonly #redis: Redis | Cluster;
  readonly #node: string;
  readonly #now: () => number;
  readonly #timeoutMs: number;
  #awayUntil = 0;
  #lastError = 'not connected';

  constructor(options: { url: string; node: string; timeoutMs?: number; now?: () => number }) {
    this.#node = options.node;
    this.#now = options.now ?? Date.now;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    if (options.url.startsWith('redis-cluster:')) {
      const nodes = options.url
        .slice('redis-cluster://'.length)
        .split(',')
        .map((address) => `redis://${address}`);
      // Auto-pipelining sends what is issued in one turn as one pipeline a node: the round trip of a cluster.
      this.#redis = new Cluster(nodes, {
        enableOfflineQueue: false,
        enableAutoPipelining: true,
        redisOptions: { maxRetriesPerRequest: 0 },
      });
    } else {
      this.#redis = new Redis(options.url, OPTIONS);
    }
    this.#redis.on('error', (error: Error) => (this.#lastError = error.message));
    this.#redis.defineCommand('countVelocity', { numberOfKeys: 2, lua: lua('countVelocity-2') });
    this.#redis.defineCommand('releaseMark', { numberOfKeys: 1, lua: lua('releaseMark-1') });
  }

  async look(requests: readonly GuardRequest[], nowMs: number): Promise<GuardAnswer[]> {
    const lookup = new Lookup(requests, this.#node, nowMs);
    return lookup.read(await this.#send(lookup.commands));
  }

  async peekKey({ tenantId, key }: KeyRef): Promise<Mark<StoredReply> | null> {
    const name = keyMarkKey(tenantId, key);
    const [reply] = await this.#send([{ key: name, name: 'get', args: [name] }]);
    return typeof reply === 'string' ? readKeyMark(reply) : null;
  }

  async settle(settled: readonly Settled[], increments: readonly CounterIncrement[] = []): Promise<void> {
    const nowMs = this.#now();
    const set = (key: string, value: string): Command => ({
      key,
      name: 'set',
      args: [key, value, 'PX', MARK_TTL_MS],
    });
    const add = (key: string, count: number, ttlMs: number): Command[] => [
      { key, name: 'incrby', args: [key, count] },
      { key, name: 'pexpire', args: [key, ttlMs] },
    ];
    await this.#send([
      ...increments.flatMap((one) => {
        const [minute, hour] = counterKeys(one.tenantId, one, one.clickedAtMs);
        return [...add(minute, one.count, 3 * MINUTE_MS), ...add(hour, one.count, 3 * HOUR_MS)];
      }),
      ...settled.flatMap(({ tenantId, idempotency, clicks }) => {
        const commands = clicks.map(({ clickId, isFraudulent }) =>
          set(clickMarkKey(tenantId, clickId), committedClick(this.#node, nowMs, isFraudulent)),
        );
        if (idempotency) {
          const reply = idempotency.reply.length > REPLY_LENGTH_MAX ? null : idempotency.reply;
          commands.push(
            set(
              keyMarkKey(tenantId, idempotency.key),
              committedKey(this.#node, nowMs, idempotency.bodyHash, reply),
            ),
          );
        }
        return commands;
      }),
    ]);
  }

  async release(requests: readonly GuardRequest[]): Promise<void> {
    const ours = pendingPrefix(this.#node);
    const release = (key: string): Command => ({ key, name: 'releaseMark', args: [key, ours] });
    await this.#send(
      requests.flatMap(({ tenantId, idempotency, clicks }) => [
        ...(idempotency ? [release(keyMarkKey(tenantId, idempotency.key))] : []),
        ...clicks.flatMap((click) => [
          release(clickMarkKey(tenantId, click.clickId)),
          ...click.velocities.map(({ name, subject, windowMs }): Command => {
            const key = bucketKey(tenantId, name, subject, Math.floor(click.clickedAtMs / windowMs));
            return { key, name: 'zrem', args: [key, click.clickId] };
          }),
        ]),
      ]),
    );
  }

  async ping(): Promise<void> {
    // At the start the connection may not be made yet.
    if (this.#redis.status !== 'ready')
      await Promise.race([
        new Promise((resolve) => this.#redis.once('ready', resolve)),
        new Promise((resolve) => setTimeout(resolve, CONNECT_MS_MAX)),
      ]);
    await this.#send([{ key: 'cl:ping', name: 'exists', args: ['cl:ping'] }], true);
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  /** Sends commands in one round trip. One that fails fails all: a half-answered look would be taken for an answer. */
  async #send(commands: readonly Command[], evenWhenAway = false): Promise<unknown[]> {
    if (commands.length === 0) return [];
    if (!evenWhenAway && performance.now() < this.#awayUntil) throw new GuardUnavailable(this.#lastError);
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`no answer within ${this.#timeoutMs} ms`)),
          this.#timeoutMs,
        );
      });
      return await Promise.race([
        this.#redis instanceof Redis ? this.#pipeline(this.#redis, commands) : this.#each(commands),
        late,
      ]);
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error);
      this.#awayUntil = performance.now() + AWAY_MS;
      throw new GuardUnavailable(this.#lastError);
    } finally {
      clearTimeout(timer);
    }
  }

  async #pipeline(redis: Redis, commands: readonly Command[]): Promise<unknown[]> {
    if (redis.status !== 'ready') throw new Error(this.#lastError);
    const pipeline = redis.pipeline();
    for (const command of commands) invoke(pipeline, command);
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
  }

  #each(commands: readonly Command[]): Promise<unknown[]> {
    return Promise.all(commands.map((command) => invoke(this.#redis, command)));
  }
}

/** Our own commands are not in ioredis's types, so every command is called by its name. */
function invoke(target: Redis | Cluster | ChainableCommander, { name, args }: Command): unknown {
  return (target as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args);
}
