import type { GuardAnswer, GuardRequest, Mark, StoredReply } from './guard.js';
import { MARK_TTL_MS, toReading } from './guard.js';
import {
  bucketKey,
  clickMarkKey,
  counterKeys,
  keyMarkKey,
  pendingClick,
  pendingKey,
  readClickMark,
  readKeyMark,
} from './redis-marks.js';

/** One command of a pipeline, with the key that decides its slot. */
export interface Command {
  key: string;
  name: string;
  args: (string | number)[];
}

/** A bucket lives for two windows and a late click's grace, as in process. */
const BUCKET_WINDOWS_KEPT = 3;
/** Shorter windows are kept as long as one of this length. */
const BUCKET_WINDOW_MS_MIN = 10_000;

const setIfNew = (key: string, value: string): Command => ({
  key,
  name: 'set',
  args: [key, value, 'PX', MARK_TTL_MS, 'NX', 'GET'],
});

interface Group {
  windowMs: number;
  countMax: number;
  keys: [string, string];
  pairs: (string | number)[];
}

/**
 * A batch's look-up as commands of one slot each, and the way back from their replies to answers: marks with
 * `SET … NX GET` (new marks are set, old ones returned, in one command), velocities with one call a subject's bucket.
 */
export class Lookup {
  readonly commands: Command[] = [];
  readonly #read: ((replies: readonly unknown[]) => void)[] = [];
  readonly answers: GuardAnswer[];

  constructor(requests: readonly GuardRequest[], node: string, nowMs: number) {
    const groups = new Map<string, { group: Group; set: ((count: number, added: boolean) => void)[] }>();
    const counters = new Map<string, ((counts: readonly number[]) => void)[]>();
    this.answers = requests.map((request) => {
      const answer: GuardAnswer = {
        key: null,
        clicks: request.clicks.map(({ velocities }) => ({
          mark: null,
          counts: velocities.map(() => 0),
          added: velocities.map(() => false),
          counter: null,
        })),
      };
      if (request.idempotency) {
        const { key, bodyHash } = request.idempotency;
        this.#push(
          setIfNew(keyMarkKey(request.tenantId, key), pendingKey(node, nowMs, bodyHash)),
          (reply) => {
            answer.key = typeof reply === 'string' ? (readKeyMark(reply) as Mark<StoredReply>) : null;
          },
        );
      }
      request.clicks.forEach((click, i) => {
        const mine = answer.clicks[i];
        if (!mine) return;
        if (click.mayRepeat)
          this.#push(
            setIfNew(clickMarkKey(request.tenantId, click.clickId), pendingClick(node, nowMs)),
            (reply) => {
              mine.mark = typeof reply === 'string' ? readClickMark(reply) : null;
            },
          );
        click.velocities.forEach((velocity, k) => {
          const index = Math.floor(click.clickedAtMs / velocity.windowMs);
          const key = bucketKey(request.tenantId, velocity.name, velocity.subject, index);
          let found = groups.get(key);
          if (!found) {
            const before = bucketKey(request.tenantId, velocity.name, velocity.subject, index - 1);
            found = {
              group: {
                windowMs: velocity.windowMs,
                countMax: velocity.countMax,
                keys: [key, before],
                pairs: [],
              },
              set: [],
            };
            groups.set(key, found);
          }
          found.group.pairs.push(click.clickedAtMs, click.clickId);
          found.set.push((count, added) => {
            mine.counts[k] = count;
            mine.added[k] = added;
          });
        });
        if (click.counter) {
          const keys = counterKeys(request.tenantId, click.counter, click.clickedAtMs).join('\n');
          const readers = counters.get(keys) ?? [];
          counters.set(keys, readers);
          readers.push(([minute = 0, hour = 0, hourBefore = 0]) => {
            mine.counter = toReading(click.clickedAtMs, minute, hour, hourBefore);
          });
        }
      });
      return answer;
    });
    for (const { group, set } of groups.values()) {
      const args = [
        ...group.keys,
        group.windowMs,
        group.countMax,
        BUCKET_WINDOWS_KEPT * Math.max(group.windowMs, BUCKET_WINDOW_MS_MIN),
        ...group.pairs,
      ];
      this.#push({ key: group.keys[0], name: 'countVelocity', args }, (reply) => {
        const counts = reply as number[];
        for (const [i, give] of set.entries()) give(counts[2 * i] ?? 0, counts[2 * i + 1] === 1);
      });
    }
    for (const [joined, readers] of counters) {
      const keys = joined.split('\n');
      this.#push({ key: keys[0] ?? '', name: 'mget', args: keys }, (reply) => {
        const counts = (reply as (string | null)[]).map(Number);
        for (const read of readers) read(counts);
      });
    }
  }

  #push(command: Command, read: (reply: unknown) => void): void {
    const place = this.commands.push(command) - 1;
    this.#read.push((replies) => read(replies[place]));
  }

  /** Fills `answers` from the replies, in the order of `commands`. */
  read(replies: readonly unknown[]): GuardAnswer[] {
    for (const one of this.#read) one(replies);
    return this.answers;
  }
}
