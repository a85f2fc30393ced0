import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BatchReply,
  type ClickReply,
  ListEntriesReply,
  type ListEntryReply,
  RulesReply,
  RuleVersionsReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../embedded/postgres/start.js';
import { silentLog } from '../lib/log.js';
import { startRedis, type TestRedis } from '../testing/redis.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const CLICKS = '/api/v1/clicks';
const RULES = '/api/v1/fraud/rules';
const LISTS = '/api/v1/fraud/lists';

/** Two nodes that share PostgreSQL and Redis, and one on the same ledger whose guard is in its process. */
let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let redis: TestRedis;
let a: TestSystem;
let b: TestSystem;
let alone: TestSystem;
const dir = mkdtempSync(join(tmpdir(), 'clickledger-test-fraud-'));

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({
    dataDir: join(dir, 'pg'),
    password: 'p'.repeat(32),
    log: silentLog,
  });
  redis = await startRedis();
  const ranges = join(dir, 'ranges.txt');
  writeFileSync(ranges, '# a data centre\n198.51.100.0/24 # ours\n2001:db8:dc::/48\n');
  const env = {
    DATABASE_URL: postgres.loopbackUrl,
    ROLES: 'ingest',
    DATACENTER_RANGES: ranges,
    // Nodes that share a ledger share the secret: else one visitor has a hash on each.
    HASH_SECRET: 'h'.repeat(32),
  };
  [a, b, alone] = await Promise.all([
    startTestSystem({ ...env, NODE_NAME: 'a', REDIS_URL: redis.url }),
    startTestSystem({ ...env, NODE_NAME: 'b', REDIS_URL: redis.url }),
    startTestSystem({ ...env, NODE_NAME: 'alone' }),
  ]);
});
afterAll(async () => {
  await Promise.all([a?.close(), b?.close(), alone?.close()]);
  await redis?.stop();
  await postgres?.stop();
  rmSync(dir, { recursive: true, force: true });
});

let serial = 0;
/** A click that no rule speaks on: another user, address, ad. */
const clean = (fields: Record<string, unknown> = {}) =>
  aClick({ ad_id: `ad-${++serial}`, user_id: `user-${serial}`, user_agent: CHROME, ...fields });
const anyAddress = () => `11.${++serial % 200}.${serial % 251}.7`;

async function stored(node: TestSystem, fields: Record<string, unknown>, address = anyAddress()) {
  const response = await node.post(CLICKS, fields, { 'x-forwarded-for': address });
  expect(response.statusCode).toBe(202);
  const { click_id, is_fraudulent } = response.json<ClickReply>();
  const { rows } = await a.pool.query('SELECT * FROM click_events WHERE click_id = $1', [click_id]);
  expect(rows[0].is_fraudulent).toBe(is_fraudulent);
  const reasons = rows[0].fraud_reasons as string;
  return {
    flagged: is_fraudulent,
    reason: rows[0].fraud_reason as string | null,
    reasons: reasons === '' ? [] : reasons.split(','),
    notRun: rows[0].rules_not_run as string,
    evidence: (rows[0].fraud_evidence === '' ? {} : JSON.parse(rows[0].fraud_evidence)) as Record<
      string,
      unknown
    >,
    row: rows[0] as Record<string, unknown>,
  };
}
const change = async (node: TestSystem, body: object) =>
  node.app.inject({ method: 'PUT', url: RULES, payload: body });

describe.each([
  ['Redis, across two nodes', () => [a, b] as const],
  ['in process', () => [alone, alone] as const],
])('rules, %s', (_name, nodes) => {
  it('a second click on the same ad within 3 s is a double click; after 3 s, of another visitor or on another ad it is none', async () => {
    const [one, two] = nodes();
    const base = Date.now() - 600_000;
    const at = (ms: number) => new Date(base + ms).toISOString();
    const fields = clean({ user_id: `double-${randomUUID()}`, ad_id: `double-${randomUUID()}` });
    expect((await stored(one, { ...fields, timestamp: at(0) })).reasons).toEqual([]);
    expect(await stored(two, { ...fields, timestamp: at(2_999) })).toMatchObject({
      flagged: true,
      reason: 'duplicate_click',
      evidence: { duplicate_click: { count: 2, count_max: 1, window_ms: 3_000 } },
    });
    expect((await stored(one, { ...fields, timestamp: at(5_999) })).reasons).toEqual([]);
    expect((await stored(two, { ...fields, timestamp: at(1), user_id: randomUUID() })).reasons).toEqual([]);
    expect((await stored(two, { ...fields, timestamp: at(1), ad_id: randomUUID() })).reasons).toEqual([]);
  });

  it('a late click is judged in the window of its own time', async () => {
    const [one, two] = nodes();
    const base = Date.now() - 600_000;
    const at = (ms: number) => new Date(base + ms).toISOString();
    const fields = clean({ user_id: `late-${randomUUID()}`, ad_id: `late-${randomUUID()}` });
    await stored(one, { ...fields, timestamp: at(10_000) });
    // Came second, happened first: the first click of the two is the one that counts.
    expect((await stored(two, { ...fields, timestamp: at(9_000) })).reasons).toEqual([]);
    expect((await stored(one, { ...fields, timestamp: at(9_500) })).reasons).toEqual(['duplicate_click']);
  });

  it('gives velocity back for a request that is refused with 422, and for no other', async () => {
    const [one, two] = nodes();
    const user_id = `given-back-${randomUUID()}`;
    const headers = { 'idempotency-key': randomUUID(), 'x-forwarded-for': anyAddress() };
    const timestamp = new Date(Date.now() - 120_000).toISOString();
    const first = clean({ user_id, timestamp });
    expect((await one.post(CLICKS, first, headers)).statusCode).toBe(202);
    for (let i = 0; i < 20; i++) {
      const other = { ...first, referrer: `https://e.example/${i}` };
      const refused = await until(
        () => two.post(CLICKS, other, headers),
        (response) => response.statusCode !== 409,
      );
      expect(refused.statusCode).toBe(422);
    }
    // Another 49 make 50; the 422s neither counted, nor took the first one's count away.
    for (let i = 2; i <= 51; i++) {
      const { flagged } = await stored(one, clean({ user_id, timestamp }));
      expect([i, flagged]).toEqual([i, i > 50]);
    }
  });

  it('an ad that bursts is noted, and flagged with a second sign', async () => {
    const [one, two] = nodes();
    const ad_id = `burst-${randomUUID()}`;
    const minute = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
    const batch = async (count: number, ms: number) => {
      const clicks = Array.from({ length: count }, () =>
        clean({ ad_id, timestamp: new Date(minute + ms).toISOString() }),
      );
      const reply = (
        await one.post(`${CLICKS}/batch`, { clicks }, { 'x-forwarded-for': anyAddress() })
      ).json<BatchReply>();
      expect(reply.accepted).toBe(count);
    };
    await batch(59, -30 * 60_000);
    await batch(60, 0);
    const at = new Date(minute + 5_000).toISOString();
    // The counters are added to after the reply.
    const noted = await until(
      () => stored(two, clean({ ad_id, timestamp: at })),
      ({ reasons }) => reasons.length > 0,
    );
    expect(noted).toMatchObject({ flagged: false, reasons: ['ad_burst'] });
    expect(await stored(two, clean({ ad_id, timestamp: at, country: 'BR' }), '8.8.8.8')).toMatchObject({
      flagged: true,
      reason: 'geo_mismatch',
      reasons: ['geo_mismatch', 'ad_burst'],
    });
  });
});

describe('signs of a single click', () => {
  it.each([
    [
      'a crawler',
      { user_agent: 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)' },
      'bot_user_agent',
    ],
    ['a headless browser', { user_agent: CHROME.replace('Chrome/', 'HeadlessChrome/') }, 'headless_browser'],
  ])('%s is flagged', async (_name, fields, reason) => {
    const click = await stored(alone, clean(fields));
    expect(click).toMatchObject({ flagged: true, reason });
    expect(click.evidence[reason]).toMatchObject({ matched: expect.any(String) });
  });

  it('an address of a data centre is noted; with no user agent at all it is flagged', async () => {
    expect(await stored(alone, clean(), '198.51.100.7')).toMatchObject({
      flagged: false,
      reasons: ['datacenter_ip'],
    });
    expect(await stored(alone, clean({ user_agent: '' }), '2001:db8:dc::1')).toMatchObject({
      flagged: true,
      reasons: ['missing_user_agent', 'datacenter_ip'],
    });
  });

  it('a country that is not the address’s is noted', async () => {
    expect(await stored(alone, clean({ country: 'BR' }), '8.8.8.8')).toMatchObject({
      flagged: false,
      reasons: ['geo_mismatch'],
      evidence: { geo_mismatch: { country: 'BR', address_country: 'US' } },
    });
  });

  it.each(['sec-purpose', 'purpose', 'x-moz'])('a prefetch by %s is no click', async (header) => {
    const response = await alone.post(CLICKS, clean(), { [header]: 'prefetch;prerender' });
    expect([response.statusCode, response.body]).toEqual([204, '']);
  });

  it('a HEAD request is no click', async () => {
    const count = async () =>
      (await a.pool.query('SELECT count(*)::int AS n FROM click_events')).rows[0].n as number;
    const before = await count();
    await alone.app.inject({ method: 'HEAD', url: CLICKS });
    expect(await count()).toBe(before);
  });
});

describe('rules are data', () => {
  beforeEach(() => change(a, { velocity_user: { state: 'on', count_max: 50, window_seconds: 60 } }));

  it('a change is a new version, in force on every node within 5 s, and named in the evidence', async () => {
    let before = RulesReply.strict().parse(await a.get(RULES));
    let changed = before;
    const inForceAfterMs = async () => {
      before = changed;
      const velocity_user = {
        state: 'on' as const,
        count_max: 1,
        window_seconds: before.settings.velocity_user.window_seconds === 10 ? 11 : 10,
      };
      changed = (await change(a, { velocity_user, note: 'strict for a day' })).json<RulesReply>();
      expect(changed.version).toBe(before.version + 1);
      expect(changed.settings).toEqual({ ...before.settings, velocity_user });
      const startedAt = Date.now();
      await until(
        async () => {
          const user_id = randomUUID();
          await stored(b, clean({ user_id }));
          return stored(b, clean({ user_id }));
        },
        ({ evidence, reason }) => reason === 'velocity_user' && evidence.rules_version === changed.version,
      );
      return Date.now() - startedAt;
    };
    // Once, at least: a busy machine is late now and then, a slow way each time.
    await until(inForceAfterMs, (ms) => ms < 5_000);
    const versions = RuleVersionsReply.strict().parse(await a.get(`${RULES}/versions`));
    expect(versions.data[0]).toMatchObject({ version: changed.version, note: 'strict for a day' });
    expect(versions.data[1]).toMatchObject({ version: before.version, settings: before.settings });
  });

  it('in shadow a rule is counted and flags nothing; off it is not run', async () => {
    const twice = async () => {
      const user_id = randomUUID();
      await stored(a, clean({ user_id }));
      return stored(a, clean({ user_id }));
    };
    await change(a, { velocity_user: { state: 'shadow', count_max: 1, window_seconds: 60 } });
    expect(await twice()).toMatchObject({ flagged: false, reasons: ['shadow:velocity_user'] });
    await change(a, { velocity_user: { state: 'off', count_max: 1, window_seconds: 60 } });
    expect(await twice()).toMatchObject({ flagged: false, reasons: [] });
  });

  it.each([
    [{ velocity_ip: { state: 'on', count_max: 0, window_seconds: 60 } }, 'velocity_ip.count_max'],
    [{ velocity_ip: { state: 'on', count_max: 5 } }, 'velocity_ip.window_seconds'],
    [{ velocity_ip: { state: 'loud', count_max: 5, window_seconds: 60 } }, 'velocity_ip.state'],
    [{ duplicate_click: { state: 'on', window_seconds: 601 } }, 'duplicate_click.window_seconds'],
    [{ ad_burst: { state: 'on', factor: 1, count_min: 60 } }, 'ad_burst.factor'],
  ])('names the field that is wrong: %j', async (body, field) => {
    const response = await change(a, body);
    expect(response.statusCode).toBe(400);
    expect(Object.keys(response.json().error.fieldErrors)).toEqual([field]);
  });

  it.each([{}, { note: 'nothing' }, { unknown_rule: { state: 'on' } }, [], null])(
    'refuses a change that names no rule: %j',
    async (body) => {
      const response = await a.app.inject({
        method: 'PUT',
        url: RULES,
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(body),
      });
      expect(response.statusCode).toBe(400);
    },
  );

  it('two changes at once are both kept', async () => {
    const { version } = await a.get<RulesReply>(RULES);
    await Promise.all([
      change(a, { geo_mismatch: { state: 'shadow' } }),
      change(b, { datacenter_ip: { state: 'shadow' } }),
    ]);
    const now = await a.get<RulesReply>(RULES);
    expect(now.version).toBe(version + 2);
    expect([now.settings.geo_mismatch.state, now.settings.datacenter_ip.state]).toEqual(['shadow', 'shadow']);
    await change(a, { geo_mismatch: { state: 'on' }, datacenter_ip: { state: 'on' } });
  });
});

describe('lists', () => {
  const add = async (entry: object) => {
    const response = await a.post(LISTS, entry);
    expect(response.statusCode).toBe(201);
    return response.json<ListEntryReply>();
  };
  const remove = (id: number) => a.app.inject({ method: 'DELETE', url: `${LISTS}/${id}` });

  it.each([
    ['address', '203.0.113.0/25', {}, '203.0.113.127', '203.0.113.128'],
    ['address', '2001:db8:bad::/48', {}, '2001:db8:bad::1', '2001:db8:bae::1'],
    ['user', 'blocked-user', { user_id: 'blocked-user' }, undefined, undefined],
    ['user_agent', `${CHROME} Blocked`, { user_agent: `${CHROME} Blocked` }, undefined, undefined],
    ['referrer_host', 'bad.example', { referrer: 'https://www.bad.example/x' }, undefined, undefined],
  ] as const)(
    'a blocked %s (%s) is flagged and stored, until it is taken off',
    async (kind, value, fields, inside, outside) => {
      const entry = await add({ list: 'block', kind, value, note: 'seen' });
      expect(await stored(a, clean(fields), inside)).toMatchObject({
        flagged: true,
        reason: 'blocked',
        evidence: { blocked: { list_kind: kind, entry_id: entry.entry_id } },
      });
      if (outside) expect((await stored(a, clean(), outside)).flagged).toBe(false);
      else expect((await stored(a, clean())).flagged).toBe(false);
      expect((await remove(entry.entry_id)).statusCode).toBe(204);
      expect((await stored(a, clean(fields), inside)).flagged).toBe(false);
      expect((await remove(entry.entry_id)).statusCode).toBe(404);
    },
  );

  it('stores no address, listed or not', async () => {
    const entry = await add({ list: 'block', kind: 'address', value: '203.0.113.0/24' });
    const { row } = await stored(a, clean(), '203.0.113.99');
    expect(JSON.stringify(row)).not.toContain('203.0.113');
    await remove(entry.entry_id);
  });

  it('an allowed one is flagged by no rule, and goes before a block', async () => {
    const allow = await add({ list: 'allow', kind: 'user', value: 'friend' });
    const block = await add({ list: 'block', kind: 'address', value: '203.0.113.5' });
    const click = await stored(a, clean({ user_id: 'friend', user_agent: 'Googlebot/2.1' }), '203.0.113.5');
    expect(click).toMatchObject({ flagged: false, reason: null, reasons: ['bot_user_agent'] });
    await Promise.all([remove(allow.entry_id), remove(block.entry_id)]);
  });

  it('an entry ends by itself', async () => {
    const expires_at = new Date(Date.now() + 1_500).toISOString();
    await add({ list: 'block', kind: 'user', value: 'for-a-moment', expires_at });
    const click = () => stored(a, clean({ user_id: 'for-a-moment' }));
    expect((await click()).flagged).toBe(true);
    await until(click, ({ flagged }) => !flagged, 10_000);
    expect(ListEntriesReply.strict().parse(await a.get(LISTS)).data).toEqual([]);
  });

  it.each([
    [{ list: 'block', kind: 'address', value: '1.2.3.4/40' }, 'value'],
    [{ list: 'block', kind: 'address', value: 'example.org' }, 'value'],
    [{ list: 'block', kind: 'referrer_host', value: 'https://x.example' }, 'value'],
    [{ list: 'grey', kind: 'user', value: 'x' }, 'list'],
    [{ list: 'block', kind: 'user', value: ' ' }, 'value'],
    [{ list: 'block', kind: 'user', value: 'x', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  ])('names the field that is wrong: %j', async (body, field) => {
    const response = await a.post(LISTS, body);
    expect(response.statusCode).toBe(400);
    expect(Object.keys(response.json().error.fieldErrors)).toEqual([field]);
  });
});

it('with Redis away, what needs no counter still flags, and the others are marked as not run', async () => {
  await redis.stop();
  try {
    expect(await stored(a, clean({ user_agent: 'Googlebot/2.1' }))).toMatchObject({
      flagged: true,
      reason: 'bot_user_agent',
      notRun: 'velocity_ip,velocity_user,duplicate_click,ad_burst',
    });
  } finally {
    await redis.start();
  }
});
