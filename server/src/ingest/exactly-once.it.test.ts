import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchReply, ClickReply, HealthReply } from '@clickledger/contract';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../embedded/postgres/start.js';
import { declareDedupWindow } from '../ledger/maintain.js';
import { silentLog } from '../lib/log.js';
import { startRedis, type TestRedis } from '../testing/redis.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

/** Two ingest nodes on one PostgreSQL and one Redis. */
let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let redis: TestRedis;
let direct: Redis;
let a: TestSystem;
let b: TestSystem;
const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-pg-'));
const CLICKS = '/api/v1/clicks';

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDir, password: 'p'.repeat(32), log: silentLog });
  redis = await startRedis();
  direct = new Redis(redis.url, { retryStrategy: () => 100 });
  direct.on('error', () => undefined); // it is stopped on purpose below
  const env = { DATABASE_URL: postgres.loopbackUrl, REDIS_URL: redis.url, ROLES: 'ingest' };
  [a, b] = await Promise.all([
    startTestSystem({ ...env, NODE_NAME: 'a' }),
    startTestSystem({ ...env, NODE_NAME: 'b' }),
  ]);
});
afterAll(async () => {
  direct?.disconnect();
  await Promise.all([a?.close(), b?.close()]);
  await redis?.stop();
  await postgres?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(() => direct.flushall());
// Whatever a test did: no click is stored twice, and the counts kept with a batch are those of its rows.
afterEach(async () => {
  const { rows } = await a.pool.query(`
    SELECT tenant_id, click_id, count(*)::int AS n FROM click_events GROUP BY 1, 2 HAVING count(*) > 1`);
  expect(rows).toEqual([]);
  const { rows: wrong } = await a.pool.query(`
    SELECT b.batch_id, click_count, fraud_count, n, f FROM batches b FULL JOIN (
      SELECT batch_id, count(*) AS n, count(*) FILTER (WHERE is_fraudulent) AS f FROM click_events GROUP BY 1
    ) AS stored USING (batch_id)
    WHERE click_count IS DISTINCT FROM n OR fraud_count IS DISTINCT FROM f`);
  expect(wrong).toEqual([]);
});

const count = async (clickId: string) => {
  const { rows } = await a.pool.query('SELECT count(*)::int AS n FROM click_events WHERE click_id = $1', [
    clickId,
  ]);
  return rows[0].n as number;
};

/** How often either node did without the guard, or could not tell it of a commit. */
const guardAway = async () => {
  const metrics = (await Promise.all([a, b].map(({ app }) => app.inject('/metrics')))).map(
    ({ body }) => body,
  );
  const counts = metrics
    .join('\n')
    .matchAll(/^clickledger_(?:guard_away_batches_total|background_failures_total.*guard marks.*) (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
};

describe('two nodes', () => {
  it('share keys and ids: a retry that lands on the other node is a repeat', async () => {
    const sendTwice = async () => {
      const body = aClick({ click_id: randomUUID() });
      const headers = { 'idempotency-key': randomUUID() };
      const first = await a.post(CLICKS, body, headers);
      expect(first.statusCode).toBe(202);
      // The committed mark is set after the reply; before it, the answer is a wait.
      const again = await until(
        () => b.post(CLICKS, body, headers),
        (response) => response.statusCode !== 409,
      );
      expect(again.statusCode).toBe(200);
      const unkeyed = await b.post(CLICKS, body);
      expect(unkeyed.json<ClickReply>().is_duplicate).toBe(true);
      expect(await count(body.click_id as string)).toBe(1);
      return [first.body, again.body];
    };
    // Where a machine is so busy that Redis was too slow just then, it is the ledger that knows the repeat, and says so.
    const { replies } = await until(
      async () => {
        const before = await guardAway();
        return { replies: await sendTwice(), wasAway: (await guardAway()) > before };
      },
      ({ wasAway }) => !wasAway,
    );
    expect(replies[1]).toBe(replies[0]);
  });

  it('store one click when both get it at the same moment, many times over', async () => {
    for (let round = 0; round < 20; round++) {
      const click_id = randomUUID();
      const responses = await Promise.all(
        Array.from({ length: 10 }, (_, i) => (i % 2 ? a : b).post(CLICKS, aClick({ click_id }))),
      );
      expect(responses.filter(({ statusCode }) => statusCode === 202)).toHaveLength(1);
      expect(responses.filter(({ statusCode }) => statusCode === 200)).toHaveLength(9);
      expect(await count(click_id)).toBe(1);
    }
  });

  it('do not deadlock on batches that hold the same ids in another order', async () => {
    for (let round = 0; round < 10; round++) {
      const ids = Array.from({ length: 200 }, () => randomUUID());
      const batch = (order: string[]) => ({ clicks: order.map((click_id) => aClick({ click_id })) });
      const replies = await Promise.all([
        a.post(`${CLICKS}/batch`, batch(ids)),
        b.post(`${CLICKS}/batch`, batch([...ids].reverse())),
      ]);
      const accepted = replies.map((reply) => reply.json<BatchReply>().accepted);
      expect((accepted[0] ?? 0) + (accepted[1] ?? 0)).toBe(200);
    }
  });

  it('store only what is new of a batch that the ledger has in part, after the guard forgot', async () => {
    const clicks = Array.from({ length: 6 }, () => aClick({ click_id: randomUUID() }));
    await a.post(`${CLICKS}/batch`, { clicks: clicks.filter((_, i) => i % 2 === 0) });
    await direct.flushall();
    const reply = (await b.post(`${CLICKS}/batch`, { clicks })).json<BatchReply>();
    expect(reply).toMatchObject({ accepted: 3, duplicates: 3, rejected: 0 });
    expect(reply.results.map((result) => result.success && result.is_duplicate)).toEqual([
      ...[true, false, true, false, true, false],
    ]);
    for (const { click_id } of clicks) expect(await count(click_id)).toBe(1);
  });

  it('answer only from disk: nothing of PostgreSQL’s durability is turned off', async () => {
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes'])
      expect((await a.pool.query(`SHOW ${name}`)).rows[0]).toEqual({ [name]: 'on' });
  });

  it('count a velocity together', async () => {
    const flags: boolean[] = [];
    for (let i = 0; i < 51; i++)
      flags.push(
        (
          await (i % 2 ? a : b).post(CLICKS, aClick({ user_id: 'shared', ad_id: `shared-${i}` }))
        ).json<ClickReply>().is_fraudulent,
      );
    expect(flags.indexOf(true)).toBe(50);
  });

  it('wait for a first request in flight on the other node, then answer 409 with Retry-After', async () => {
    const key = randomUUID();
    const body = aClick();
    // What node a leaves behind when it dies between its look and its commit:
    const { createHash } = await import('node:crypto');
    const bodyHash = createHash('sha256')
      .update(`${CLICKS}\n${JSON.stringify(body)}`)
      .digest('base64url')
      .slice(0, 22);
    await a.guard.look([{ tenantId: 1, idempotency: { key, bodyHash }, clicks: [] }], Date.now());
    const response = await b.post(CLICKS, body, { 'idempotency-key': key });
    expect(response.statusCode).toBe(409);
    expect(response.headers['retry-after']).toBe('1');
    // On the node itself a pending mark is known to be dead, and the ledger decides.
    expect((await a.post(CLICKS, body, { 'idempotency-key': key })).statusCode).toBe(202);
  });
});

describe('layer 3, the ledger', () => {
  it('catches what Redis has forgotten, by click_id and by the id derived from the key', async () => {
    const body = aClick({ click_id: randomUUID() });
    const keyed = aClick();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await a.post(CLICKS, body);
    const firstKeyed = await a.post(CLICKS, keyed, headers);
    await direct.flushall();
    for (const node of [a, b]) {
      const again = await node.post(CLICKS, body);
      expect(again.statusCode).toBe(200);
      expect(again.json()).toEqual({ ...first.json<ClickReply>(), is_duplicate: true });
      const againKeyed = await node.post(CLICKS, keyed, headers);
      expect(againKeyed.statusCode).toBe(200);
      expect(againKeyed.json<ClickReply>().click_id).toBe(firstKeyed.json<ClickReply>().click_id);
      await direct.flushall();
    }
    expect(await count(body.click_id as string)).toBe(1);
    expect(await count(firstKeyed.json<ClickReply>().click_id)).toBe(1);
  });

  it('gives the verdict that was stored, not a new one', async () => {
    const click_id = randomUUID();
    const user_id = `hot-${click_id}`;
    await a.post(`${CLICKS}/batch`, { clicks: Array.from({ length: 50 }, () => aClick({ user_id })) });
    const first = (await a.post(CLICKS, aClick({ user_id, click_id }))).json<ClickReply>();
    expect(first.is_fraudulent).toBe(true);
    await direct.flushall();
    const again = (await a.post(CLICKS, aClick({ user_id, click_id }))).json<ClickReply>();
    expect(again).toEqual({ ...first, is_duplicate: true });
  });

  it('holds over midnight and over the turn of its generation, and forgets after two windows', async () => {
    const click_id = randomUUID();
    await a.post(CLICKS, aClick({ click_id }));
    const turn = async () => {
      await a.pool.query(`UPDATE dedup_generation SET started_at = started_at - interval '8 days'`);
      const { rows } = await a.pool.query('SELECT turn_generation(7) AS turned');
      expect(rows[0].turned).toBe(true);
      await direct.flushall();
    };
    await turn();
    expect((await b.post(CLICKS, aClick({ click_id }))).json<ClickReply>().is_duplicate).toBe(true);
    expect(await count(click_id)).toBe(1);
    const { rows } = await a.pool.query('SELECT turn_generation(7) AS turned');
    expect(rows[0].turned).toBe(false); // only when the window has passed
  });

  it('is known for the longest window that any node has, and ten minutes more', async () => {
    const turned = async (days: number) =>
      (await a.pool.query('SELECT turn_generation($1) AS turned', [days])).rows[0].turned as boolean;
    const startedAgo = (age: string) =>
      a.pool.query('UPDATE dedup_generation SET started_at = now() - $1::interval', [age]);
    await startedAgo('7 days 9 minutes');
    expect(await turned(7)).toBe(false);
    await startedAgo('7 days 11 minutes');
    expect(await turned(7)).toBe(true);
    // Another node keeps ids for thirty days: one with a shorter window turns no sooner.
    await declareDedupWindow(a.pool, 30);
    await startedAgo('29 days');
    expect(await turned(7)).toBe(false);
    await startedAgo('31 days');
    const { rows } = await a.pool.query('SELECT started_at FROM dedup_generation');
    expect(await turned(7)).toBe(true);
    expect(await declareDedupWindow(b.pool, 7)).toBe(rows[0].started_at.getTime());
  });
});

describe('the ledger fails', () => {
  it.each([
    ['away', '57P03', 503, 'ledger_unavailable', '1'],
    ['at fault', 'XX000', 500, 'internal', undefined],
  ])(
    '%s (%s): %i, nothing acknowledged, and the retry is the click, not a duplicate',
    async (_how, sqlState, status, code, retryAfter) => {
      const body = aClick({ click_id: randomUUID() });
      const headers = { 'idempotency-key': randomUUID() };
      // The commit fails after the guard has marked the key and the id.
      await a.pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${sqlState}'; END $$`);
      await a.pool.query(
        'CREATE TRIGGER refuse BEFORE INSERT ON batches FOR EACH ROW EXECUTE FUNCTION refuse()',
      );
      const failed = await a.post(CLICKS, body, headers);
      await a.pool.query('DROP FUNCTION refuse CASCADE');
      expect(failed.statusCode).toBe(status);
      expect(failed.headers['retry-after']).toBe(retryAfter);
      expect(failed.json().error.code).toBe(code);
      const again = await until(
        () => b.post(CLICKS, body, headers),
        (response) => response.statusCode !== 409,
      );
      expect(again.statusCode).toBe(202);
      expect(again.json<ClickReply>().is_duplicate).toBe(false);
      expect(await count(body.click_id as string)).toBe(1);
    },
  );

  it('does not lose the click when the reply of a commit was lost', async () => {
    const body = aClick({ click_id: randomUUID() });
    // Committed, but the connection died before node a heard of it: the mark stays pending.
    await a.guard.look(
      [
        {
          tenantId: 1,
          idempotency: null,
          clicks: [
            {
              clickId: body.click_id as string,
              mayRepeat: true,
              clickedAtMs: Date.now(),
              velocities: [],
              counter: null,
            },
          ],
        },
      ],
      Date.now(),
    );
    const response = await b.post(CLICKS, body);
    expect(response.json<ClickReply>().is_duplicate).toBe(false); // a pending mark answers nothing: the ledger does
    expect(await count(body.click_id as string)).toBe(1);
  });
});

describe('the guard is away', () => {
  it('ingestion goes on, layer 3 holds, rules are marked as not run, health says degraded; then it recovers', async () => {
    const body = aClick({ click_id: randomUUID(), user_id: 'guardless' });
    await redis.stop();
    try {
      const first = await a.post(CLICKS, body);
      expect(first.statusCode).toBe(202);
      const again = await b.post(CLICKS, body);
      expect(again.statusCode).toBe(200);
      expect(again.json<ClickReply>().is_duplicate).toBe(true);
      const { rows } = await a.pool.query(
        'SELECT rules_not_run, is_fraudulent FROM click_events WHERE click_id = $1',
        [body.click_id],
      );
      expect(rows).toEqual([
        { rules_not_run: 'velocity_ip,velocity_user,duplicate_click,ad_burst', is_fraudulent: false },
      ]);
      const health = await a.app.inject('/health');
      expect(health.statusCode).toBe(200);
      expect(health.json<HealthReply>()).toMatchObject({ status: 'degraded', services: { redis: 'error' } });
    } finally {
      await redis.start();
    }
    await until(
      () => a.get<HealthReply>('/health'),
      ({ services }) => services.redis === 'connected',
    );
  });
});
