import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AggregateReply, EraseReply, UserDataReply } from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { openAnalytics } from '../analytics/client.js';
import { erasureLock, LOCKS, tryLock } from '../lib/locks.js';
import { inTransaction } from '../lib/transaction.js';
import { appendAdjustments } from '../review/adjustments.js';
import { convert } from '../testing/conversions.js';
import { statementsLike } from '../testing/statements.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { countInAnalytics, forgetInAnalytics } from './data-in-analytics.js';
import { findOutlived, forgetUser, ledgerTimeMs } from './data-in-ledger.js';
import { beginErasure } from './erasures.js';
import { newSalt } from './forget.js';
import { forgetOutlived as forgetAll } from './schedule.js';

const USER = 'jane@example.com';
const PERSONAL = ['jane@example.com', 'JaneBrowser/1.0', 'https://jane.example/me?token=1'];
let system: TestSystem;
const client = () => system.longReads as ReturnType<typeof openAnalytics>;

beforeAll(async () => {
  system = await startTestSystem();
  // What one visitor's clicks look like to the rules is not what is tested here.
  const rules = { duplicate_click: { state: 'off', window_seconds: 3 }, bot_user_agent: { state: 'off' } };
  await system.app.inject({ method: 'PUT', url: '/api/v1/fraud/rules', payload: rules });
});
afterAll(() => system?.close());

const aClick = (user: string | undefined, more: object = {}) => ({
  click_id: randomUUID(),
  ad_id: 'ad',
  campaign_id: 'c',
  advertiser_id: 'a',
  country: 'DE',
  ...(user ? { user_id: user } : {}),
  ...more,
});
async function send(clicks: object[], headers: Record<string, string> = {}) {
  const reply = await system.post(
    '/api/v1/clicks/batch',
    { clicks },
    { 'x-forwarded-for': '198.51.100.9', ...headers },
  );
  expect(reply.json().accepted).toBe(clicks.length);
  await system.caughtUp();
}
const all = async <T>(query: string): Promise<T[]> =>
  (await client().query({ query, format: 'JSONEachRow' })).json<T>();
const totals = async () =>
  (
    await system.get<AggregateReply>(
      '/api/v1/analytics/aggregate?start_time=2000-01-01T00:00:00Z&end_time=2099-01-01T00:00:00Z&granularity=total',
    )
  ).data[0];
/** Every text of both stores' rows of clicks. */
const everything = async () => {
  const { rows } = await system.pool.query(
    'SELECT e::text FROM click_events e UNION ALL SELECT l::text FROM fraud_list_entries l UNION ALL SELECT a::text FROM audit_log a',
  );
  return JSON.stringify([
    rows,
    await all('SELECT * FROM click_events'),
    await all('SELECT * FROM flagged_clicks'),
  ]);
};
const forgetOutlived = (now: () => number = Date.now) =>
  forgetAll(
    { pool: system.pool, slowPool: system.services.slowPool, client: client(), now },
    system.services.background,
    new AbortController().signal,
  );
const privacy = (what: 'export' | 'erase', user_id: string) =>
  system.post(`/api/v1/admin/privacy/${what}`, { user_id });

describe('one user', () => {
  beforeAll(async () => {
    const [user, user_agent, referrer] = PERSONAL;
    const own = Array.from({ length: 5 }, () => aClick(user, { user_agent, referrer }));
    await send([...own, ...Array.from({ length: 7 }, (_, i) => aClick(`other-${i}`))]);
    const entry = { list: 'block', kind: 'user', value: USER, note: 'wrote to support', expires_at: null };
    expect((await system.post('/api/v1/fraud/lists', entry)).statusCode).toBe(201);
    await send([aClick(user, { user_agent, referrer })]);
    const { rows } = await system.pool.query(
      `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs"
       FROM click_events WHERE user_id = $1 AND NOT is_fraudulent LIMIT 2`,
      [USER],
    );
    await appendAdjustments(system.pool, {
      tenantId: 1,
      madeAtMs: Date.now(),
      madeBy: 'test',
      rulesVersion: 0,
      isFraudulent: true,
      clicks: rows.map((row) => ({ ...row, reason: 'regular_gaps', evidence: '{}' })),
    });
    await system.caughtUp();
  });

  it('is exported whole: ledger, analytics, conversions and lists', async () => {
    await convert(system.pool, { userId: USER, orderId: 'order-of-user', clickId: randomUUID() });
    await convert(system.pool, { userId: 'other-user' });
    const reply = await privacy('export', USER);
    const data = UserDataReply.parse(reply.json());
    expect(data.ledger).toHaveLength(6);
    // Two adjustments are two rows each.
    expect(data.analytics).toHaveLength(10);
    expect(data.conversions).toMatchObject([{ user_id: USER, order_id: 'order-of-user', action: 'sale' }]);
    expect(data.lists).toHaveLength(1);
    expect(data.is_complete).toBe(true);
    for (const part of PERSONAL) expect(JSON.stringify(data.ledger)).toContain(part);
    expect(JSON.stringify(data)).not.toContain('other-');
    expect((await privacy('export', 'nobody')).json()).toMatchObject({
      ledger: [],
      analytics: [],
      lists: [],
    });
  });

  it('is forgotten in both stores; every count stays, and both still agree', async () => {
    const before = await totals();
    const keyOf = async () =>
      (
        await system.pool.query(
          'SELECT DISTINCT visitor_key FROM click_events WHERE user_id IS NULL OR user_id = $1',
          [USER],
        )
      ).rows;
    const [{ visitor_key: key }] = await keyOf();
    expect(EraseReply.parse((await privacy('erase', USER)).json())).toEqual({ clicks: 6 });

    const text = await everything();
    for (const part of PERSONAL) expect(text).not.toContain(part);
    expect(text).not.toContain(key);
    const entries = await system.pool.query("SELECT value, note FROM fraud_list_entries WHERE kind = 'user'");
    expect(entries.rows).toEqual([{ value: '(erased)', note: '' }]);
    // Still one visitor, whom nobody can find by the user's name.
    expect(await keyOf()).toHaveLength(1);
    expect((await all("SELECT DISTINCT visitor_key FROM click_events WHERE user_id = ''")).length).toBe(1);

    expect(await totals()).toEqual(before);
    expect(before).toMatchObject({ clicks: 13, unique_users: 8, fraud_count: 3 });
    await system.pool.query('UPDATE chunks SET reconciled_at = NULL');
    const open = await until(
      async () =>
        await system.get<{ unchecked_chunks: number; differences_found: number }>(
          '/api/v1/admin/reconciliation',
        ),
      (seen) => seen.unchecked_chunks === 0,
    );
    expect(open.differences_found).toBe(0);
    expect((await privacy('erase', USER)).json()).toEqual({ clicks: 0 });
    expect((await privacy('export', USER)).json()).toMatchObject({ ledger: [], analytics: [], lists: [] });
  });

  it('both are in the audit log, without the name', async () => {
    const { data } = await system.get<{ data: { action: string; subject: string; after: unknown }[] }>(
      '/api/v1/admin/audit?kind=user',
    );
    expect(data.map(({ action, after }) => [action, after])).toContainEqual(['user.erase', { clicks: 6 }]);
    expect(JSON.stringify(data)).not.toContain('jane');
  });

  it('what analytics gets anew from the ledger has no name either', async () => {
    expect((await system.post('/api/v1/admin/rebuild', {})).statusCode).toBe(202);
    await until(
      () => system.get<{ state: string }>('/api/v1/admin/rebuild'),
      ({ state }) => state === 'done',
    );
    expect(JSON.stringify(await all('SELECT * FROM click_events'))).not.toContain(USER);
    expect(await totals()).toMatchObject({ clicks: 13, unique_users: 8 });
  });
});

describe('Sec-GPC and DNT', () => {
  const stored = async (clicks: { click_id: string }[]) =>
    (
      await system.pool.query(
        'SELECT user_id, ip_hash, visitor_key FROM click_events WHERE click_id = ANY ($1)',
        [clicks.map(({ click_id }) => click_id)],
      )
    ).rows;
  const decide = (respect_privacy_signals: boolean) =>
    system.app.inject({
      method: 'PATCH',
      url: '/api/v1/admin/settings',
      payload: { respect_privacy_signals },
    });

  it('change nothing until the account says so', async () => {
    const click = aClick('gpc-user');
    await send([click], { 'sec-gpc': '1' });
    expect(await stored([click])).toMatchObject([{ user_id: 'gpc-user', ip_hash: expect.any(String) }]);
  });

  it.each(['sec-gpc', 'dnt'])(
    'then %s: counted once, without user and address, and of no visitor',
    async (header) => {
      expect((await decide(true)).statusCode).toBe(200);
      const clicks = [aClick('gpc-user'), aClick('gpc-user'), aClick(undefined)];
      const before = (await totals())?.clicks ?? 0;
      await send(clicks, { [header]: '1' });
      const rows = await stored(clicks);
      expect(rows.map(({ user_id, ip_hash }) => [user_id, ip_hash])).toEqual(Array(3).fill([null, null]));
      expect(rows.map(({ visitor_key }) => visitor_key)).toEqual(['', '', '']);
      // Sent again it is a repeat, as ever.
      const again = await system.post('/api/v1/clicks/batch', { clicks }, { [header]: '1' });
      expect(again.json()).toMatchObject({ accepted: 0, duplicates: 3 });
      expect((await totals())?.clicks).toBe(before + 3);

      const known = aClick('known-user');
      await send([known], { [header]: '0' });
      expect(await stored([known])).toMatchObject([{ user_id: 'known-user' }]);
      expect((await decide(false)).statusCode).toBe(200);
    },
  );
});

describe('retention of personal data', () => {
  it('what has outlived it is taken off the clicks, what has not stays, and nothing is done twice', async () => {
    // What nothing says anything of is not counted: those that came with a privacy signal.
    const said = `user_id IS NOT NULL OR ip_hash IS NOT NULL OR user_agent <> '' OR referrer <> ''`;
    expect(await forgetOutlived()).toBe(0);
    await system.app.inject({
      method: 'PATCH',
      url: '/api/v1/admin/settings',
      payload: { personal_data_days: 30 },
    });
    const before = await totals();
    expect(await forgetOutlived()).toBe(0);
    expect(JSON.stringify(await all('SELECT * FROM click_events'))).toContain('known-user');

    const later = () => Date.now() + 31 * 86_400_000;
    const { rows } = await system.pool.query(
      `SELECT count(*)::int AS clicks FROM click_events WHERE ${said}`,
    );
    expect(await forgetOutlived(later)).toBe(rows[0].clicks);
    expect(await forgetOutlived(later)).toBe(0);
    const left = await system.pool.query(
      'SELECT FROM click_events WHERE user_id IS NOT NULL OR ip_hash IS NOT NULL',
    );
    expect(left.rowCount).toBe(0);
    expect(
      await all(`SELECT 1 FROM click_events WHERE user_id != '' OR ip_hash != '' OR user_agent != ''`),
    ).toEqual([]);
    expect(await totals()).toEqual(before);
  });
});

describe('an erasure', () => {
  const ROBOT = 'bot/9.1 jane-laptop';
  const erased = async (user: string) => {
    const ledger = await system.pool.query('SELECT FROM click_events WHERE user_id = $1', [user]);
    const analytics = await all(`SELECT 1 FROM click_events WHERE user_id = '${user}'`);
    return ledger.rowCount === 0 && analytics.length === 0;
  };
  const unfinished = async () => (await system.pool.query('SELECT FROM erasures')).rowCount;

  it('leaves nothing in the engine that would lead from a user to their clicks: no name, no salt', async () => {
    const user = 'mutated@example.com';
    await send([aClick(user), aClick(user)]);
    expect((await privacy('erase', user)).json()).toEqual({ clicks: 2 });
    const kept = await all<{ command: string }>('SELECT command FROM system.mutations');
    expect(kept.length).toBeGreaterThan(0);
    const files = readdirSync(join(system.dataDir, 'clickhouse'), { recursive: true, withFileTypes: true })
      .filter(({ name }) => name.startsWith('mutation_'))
      .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'));
    expect(files.length).toBeGreaterThan(0);
    for (const text of [...kept.map(({ command }) => command), ...files]) {
      expect(text).not.toContain(user);
      expect(text).not.toMatch(/[0-9a-f]{64}/);
    }
    expect(await all('SELECT * FROM erasing')).toEqual([]);
    expect(await unfinished()).toBe(0);
  });

  it('takes the user agent out of the evidence, in both stores and in adjustments', async () => {
    const rules = { bot_user_agent: { state: 'on' } };
    await system.app.inject({ method: 'PUT', url: '/api/v1/fraud/rules', payload: rules });
    const click = aClick('robot-owner', { user_agent: ROBOT });
    await send([click]);
    const { rows } = await system.pool.query(
      `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs", fraud_evidence
       FROM click_events WHERE click_id = $1`,
      [click.click_id],
    );
    expect(rows[0].fraud_evidence).toContain('"matched":"bot"');
    await appendAdjustments(system.pool, {
      tenantId: 1,
      madeAtMs: Date.now(),
      madeBy: 'test',
      rulesVersion: 0,
      isFraudulent: false,
      clicks: rows.map(({ fraud_evidence, ...row }) => ({ ...row, reason: 'released', evidence: '{}' })),
    });
    await system.caughtUp();
    await privacy('erase', 'robot-owner');
    const adjusted = await system.pool.query('SELECT old_evidence FROM adjustments WHERE click_id = $1', [
      click.click_id,
    ]);
    expect(adjusted.rows[0].old_evidence).toContain('"matched":"(erased)"');
    const seen = await all(`SELECT * FROM click_events WHERE click_id = '${click.click_id}'`);
    expect(seen.length).toBeGreaterThan(0);
    for (const part of ['"matched":"bot"', 'jane-laptop'])
      expect(JSON.stringify([await everything(), seen])).not.toContain(part);
  });

  it.each<[string, (user: string) => Promise<unknown>]>([
    ['in the background', () => forgetOutlived()],
    ['by whoever asks again', (user) => privacy('erase', user)],
  ])(
    'that broke off after the ledger is finished %s, and both stores have one key for the visitor',
    async (how, finish) => {
      const user = `halfway-${how.length}@example.com`;
      await send([aClick(user), aClick(user)]);
      const erasure = await beginErasure(system.pool, {
        tenantId: 1,
        whose: { userId: user },
        salt: newSalt(),
        requestedBy: 'test',
      });
      await inTransaction(system.pool, (session) => forgetUser(session, 1, user, erasure.salt));
      expect(await erased(user)).toBe(false);
      await finish(user);
      expect(await erased(user)).toBe(true);
      expect(await unfinished()).toBe(0);
      const ledger = await system.pool.query('SELECT click_id, visitor_key FROM click_events');
      const keys = new Map(ledger.rows.map((row) => [row.click_id, row.visitor_key]));
      // Analytics keeps no visitor as 0.
      for (const { click_id, key } of await all<{ click_id: string; key: string }>(
        'SELECT click_id, lower(hex(reinterpretAsFixedString(visitor_key))) AS key FROM click_events',
      ))
        expect(key).toBe(keys.get(click_id) || '0'.repeat(16));
    },
  );

  it('during a rebuild, on whatever node, is refused for now, noted, and done after it', async () => {
    const user = 'meanwhile@example.com';
    await send([aClick(user)]);
    const rebuild = await tryLock(system.pool, LOCKS.personalData);
    const refused = await privacy('erase', user);
    expect(refused.statusCode).toBe(409);
    expect(refused.json().error.code).toBe('busy');
    expect(refused.json().error.message).toContain('runs by itself within an hour after the rebuild');
    expect(await unfinished()).toBe(1);
    await forgetOutlived();
    expect(await erased(user)).toBe(false);
    await rebuild?.release();
    await forgetOutlived();
    expect(await erased(user)).toBe(true);
  });

  it('keeps a rebuild from reading until it is over', async () => {
    const erasing = await tryLock(system.pool, LOCKS.personalData, 'shared');
    expect((await system.post('/api/v1/admin/rebuild', {})).statusCode).toBe(202);
    const progress = () => system.get<{ state: string; clicks_total: number }>('/api/v1/admin/rebuild');
    const looks = statementsLike(/pg_try_advisory_lock\(/);
    await until(looks.count, (count) => count >= 3);
    looks.stop();
    expect(await progress()).toMatchObject({ state: 'loading', clicks_total: 0 });
    await erasing?.release();
    await until(progress, ({ state }) => state === 'done');
  });

  it('one at a time of each account; a second one is refused while the first runs, and other accounts are not', async () => {
    const { slowReads } = system.services;
    const giveBack = slowReads.take(1);
    for (const what of ['erase', 'export'] as const) {
      const refused = await privacy(what, 'jane');
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '10']);
    }
    expect(slowReads.hasRoom(2)).toBe(true);
    giveBack();
    expect((await privacy('export', 'jane')).statusCode).toBe(200);
  });

  it('however many searches run, health, signing in and revoking have connections', async () => {
    const { slowPool } = system.services;
    const held = await Promise.all(
      Array.from({ length: slowPool.options.max ?? 0 }, () => slowPool.connect()),
    );
    expect(held.length).toBeGreaterThan(0);
    expect((await system.app.inject({ url: '/health/ready' })).statusCode).toBe(200);
    expect((await system.app.inject({ url: '/api/v1/keys' })).statusCode).toBe(200);
    // And a search waits for one of its own, whatever others are idle.
    for (const what of ['export', 'erase'] as const) {
      const search = privacy(what, 'nobody');
      await until(
        () => slowPool.waitingCount,
        (waiting) => waiting === 1,
      );
      held.pop()?.release();
      expect((await search).statusCode).toBe(200);
      held.push(await slowPool.connect());
    }
    for (const session of held) session.release();
  });
});

describe('retention that is switched on late', () => {
  const DAY_MS = 86_400_000;
  const day = (ago: number) => new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - ago * DAY_MS);
  const tenant = (slug: string) =>
    system.pool
      .query(
        `INSERT INTO tenants (tenant_id, slug, name, personal_data_days) SELECT max(tenant_id) + 1, $1, $1, 10 FROM tenants RETURNING tenant_id`,
        [slug],
      )
      .then(({ rows }) => rows[0].tenant_id as number);
  const addClick = (tenantId: number, daysAgo: number) =>
    system.pool.query(
      `INSERT INTO click_events SELECT $1, gen_random_uuid(), 0, $2, $2, 'a', 'c', 'ad', 'old-user', NULL, '00000000000000aa', 'DE',
         'mobile', 'iOS', 'Safari', 'agent', '', false, NULL, '', '', '', 0`,
      [tenantId, new Date(day(daysAgo).getTime() + 1_000)],
    );
  const left = async (tenantId: number) =>
    (
      await system.pool.query('SELECT FROM click_events WHERE tenant_id = $1 AND user_id IS NOT NULL', [
        tenantId,
      ])
    ).rowCount;

  beforeAll(async () => {
    for (let ago = 100; ago >= 2; ago--)
      for (const parent of ['click_events', 'batches'])
        await system.pool.query(
          `CREATE TABLE IF NOT EXISTS ${parent}_${day(ago).toISOString().slice(0, 10).replaceAll('-', '')}
           PARTITION OF ${parent} FOR VALUES FROM ('${day(ago).toISOString()}') TO ('${day(ago - 1).toISOString()}')`,
        );
  });

  it('is done in small steps from the oldest day on, to the last day that is old enough', async () => {
    const tenantId = await tenant('late');
    for (const ago of [100, 60, 30, 11, 10, 9]) await addClick(tenantId, ago);
    const [first] = (await findOutlived(system.pool, Date.now(), 31)).filter(
      (span) => span.tenantId === tenantId,
    );
    expect(first).toEqual({ tenantId, fromMs: day(100).getTime(), toMs: day(69).getTime() });
    await forgetOutlived();
    // The tenth day is not over for ten days.
    expect(await left(tenantId)).toBe(2);
    const { rows } = await system.pool.query('SELECT anonymous_until FROM tenants WHERE tenant_id = $1', [
      tenantId,
    ]);
    expect(rows[0].anonymous_until).toEqual(day(10));
  });

  it('a tenant for whom it fails keeps no other from it', async () => {
    const [blocked, other] = [await tenant('blocked'), await tenant('other')];
    for (const tenantId of [blocked, other]) await addClick(tenantId, 50);
    const elsewhere = await tryLock(system.pool, erasureLock(blocked));
    await forgetOutlived();
    expect([await left(blocked), await left(other)]).toEqual([1, 0]);
    await elsewhere?.release();
    // Its session, and with it the lock, ends a moment later.
    const forgotten = async () => {
      await forgetOutlived();
      return left(blocked);
    };
    await until(forgotten, (clicks) => clicks === 0);
  });
});

it('an erasure is of what was received before it: whoever goes on clicking neither delays it, nor is erased in one store alone', async () => {
  const user = 'goes-on@example.com';
  await send([aClick(user), aClick(user)]);
  const beforeMs = await ledgerTimeMs(system.pool);
  await send([aClick(user)]);
  const erasure = {
    erasureId: randomUUID(),
    tenantId: 1,
    whose: { userId: user },
    salt: newSalt(),
    beforeMs,
  };
  const left = () => countInAnalytics(client(), erasure);
  expect(await left()).toBe(2);
  await forgetInAnalytics(client(), erasure, new AbortController().signal);
  expect(await left()).toBe(0);
  expect(await all(`SELECT click_id FROM click_events WHERE user_id = '${user}'`)).toHaveLength(1);
});

it('an erasure is not done before analytics has what was fixed before it: the relay may have read the name', async () => {
  await system.relay?.stop();
  const user = 'on-its-way@example.com';
  const reply = await system.post('/api/v1/clicks', aClick(user));
  expect(reply.statusCode).toBe(202);
  await system.pool.query('SELECT stamp_chunk(1000, 1000000)');
  const erasing = privacy('erase', user);
  const rowsOf = async (query: string) => (await system.pool.query(query)).rowCount;
  await until(
    () => rowsOf(`SELECT FROM click_events WHERE user_id = '${user}'`),
    (clicks) => clicks === 0,
  );
  const looks = statementsLike(/FROM chunks WHERE chunk_id <= \$1 AND delivered_at IS NULL/);
  await until(looks.count, (count) => count >= 3);
  looks.stop();
  expect(await rowsOf('SELECT FROM erasures')).toBe(1);
  await system.pool.query('UPDATE chunks SET delivered_at = now() WHERE delivered_at IS NULL');
  expect((await erasing).json()).toEqual({ clicks: 1 });
  expect(await rowsOf('SELECT FROM erasures')).toBe(0);
});

it('the secret of the hashes is made at the first start, for its owner alone, and stays', () => {
  const path = join(system.dataDir, 'secrets.json');
  expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  expect((statSync(system.dataDir).mode & 0o077).toString(8)).toBe('0');
  const { hashSecret } = JSON.parse(readFileSync(path, 'utf8')) as { hashSecret: string };
  expect(Buffer.from(hashSecret, 'base64url').length).toBeGreaterThanOrEqual(24);
});
