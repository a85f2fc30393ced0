import { sleep } from '@clickledger/server/lib/backoff.js';
import type { RedisStore } from '../topology/redis-store.js';
import type { Fault } from './fault.js';
import { storeFaults } from './process-faults.js';

/** What can befall Redis. It holds nothing on disk: killed, it comes back empty. */
export function redisFaults(redis: RedisStore): Fault[] {
  const about = { target: 'redis', parts: ['redis'] };
  return [
    ...storeFaults({ name: 'redis', pid: () => redis.pid, back: () => redis.start() }),
    {
      ...about,
      kind: 'forgets all (FLUSHALL)',
      run: () => redis.flush(),
    },
    {
      ...about,
      kind: 'restart (SIGTERM)',
      async run(chance) {
        const awayMs = chance.between(100, 3_000);
        await redis.stop('SIGTERM');
        await sleep(awayMs);
        await redis.start();
      },
    },
  ];
}
