import { execFileSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { startRedis } from '../testing/redis.js';
import { describeGuard } from './guard.contract.js';
import { GuardUnavailable, MARK_TTL_MS } from './guard.js';
import { RedisGuard } from './redis.js';

describeGuard('Redis', async () => {
  const redis = await startRedis();
  const guard = new RedisGuard({ url: redis.url, node: 'a' });
  return {
    guard,
    async stop() {
      await guard.close();
      await redis.stop();
    },
  };
});

describeGuard('Redis Cluster', async () => {
  const nodes = await Promise.all([0, 1, 2].map(() => startRedis(['--cluster-enabled', 'yes'])));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], {
    stdio: 'ignore',
    timeout: 60_000,
  });
  const guard = new RedisGuard({
    url: `redis-cluster://${addresses.join(',')}`,
    node: 'a',
    timeoutMs: 5_000,
  });
  for (let i = 0; i < 100; i++) {
    const ready = await guard.ping().then(
      () => true,
      () => false,
    );
    if (ready) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    guard,
    async stop() {
      await guard.close();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
});

const request = { tenantId: 1, idempotency: { key: 'k', bodyHash: 'h' }, clicks: [] };

it('marks expire after five minutes, and two nodes share them', async () => {
  const redis = await startRedis();
  const a = new RedisGuard({ url: redis.url, node: 'a' });
  const b = new RedisGuard({ url: redis.url, node: 'b' });
  const direct = new Redis(redis.url);
  try {
    await Promise.all([a.ping(), b.ping()]);
    await a.look([request], 5);
    const [key] = await direct.keys('cl:k:*');
    const ttl = await direct.pttl(key ?? '');
    expect(ttl).toBeGreaterThan(MARK_TTL_MS - 60_000);
    expect(ttl).toBeLessThanOrEqual(MARK_TTL_MS);
    expect((await b.look([request], 9))[0]?.key).toMatchObject({ state: 'pending', node: 'a', setAtMs: 5 });
    await b.release([request]); // not b's: it stays
    expect((await b.look([request], 9))[0]?.key).toMatchObject({ node: 'a' });
  } finally {
    direct.disconnect();
    await Promise.all([a.close(), b.close()]);
    await redis.stop();
  }
});

it('says it is unavailable when Redis is gone, and works again when it is back', async () => {
  const redis = await startRedis();
  const guard = new RedisGuard({ url: redis.url, node: 'a' });
  try {
    await guard.ping();
    await redis.stop();
    await expect(guard.look([request], 1)).rejects.toThrow(GuardUnavailable);
    await expect(guard.look([request], 1)).rejects.toThrow(GuardUnavailable);
    await redis.start();
    for (
      let i = 0;
      i < 100 &&
      !(await guard.look([request], 1).then(
        () => true,
        () => false,
      ));
      i++
    )
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await guard.look([request], 2))[0]?.key).toMatchObject({ state: 'pending' });
  } finally {
    await guard.close();
    await redis.stop();
  }
});
