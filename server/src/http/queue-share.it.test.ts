import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../accounts/api-keys.js';
import { QUEUE_CLICKS_MAX } from '../ingest/admission.js';
import type { Submission } from '../ingest/submission.js';
import { LIGHT_CLICKS_MAX } from '../ingest/tenant-queues.js';
import { LOCKS } from '../lib/locks.js';
import { hashToken, newApiKey } from '../lib/tokens.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

const FLOODING = 1;
const OTHER = 2;
const CLICKS = '/api/v1/clicks';

let system: TestSystem;
let url: string;
let frozenMs: number | null = null;
const keys = new Map<number, string>();

async function makeKey(tenantId: number, requests_per_second: number | null): Promise<string> {
  const { key, hint } = newApiKey(['ingest', 'admin']);
  await addKey(
    system.pool as unknown as pg.PoolClient,
    tenantId,
    {
      name: 'test',
      scopes: ['ingest', 'admin'],
      origins: [],
      requests_per_second,
      expires_at: null,
      createdBy: 'test',
    },
    { hash: hashToken(key), hint },
  );
  return key;
}

beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' }, { now: () => frozenMs ?? Date.now() });
  await system.pool.query(`INSERT INTO tenants (tenant_id, slug, name) VALUES ($1, 'other', 'Other')`, [
    OTHER,
  ]);
  for (const tenantId of [FLOODING, OTHER]) keys.set(tenantId, await makeKey(tenantId, null));
  await system.services.access.refresh();
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => system?.close());

const ingest = () => {
  const role = system.services.ingest;
  if (!role) throw new Error('no ingest role');
  return role.ingest;
};

const send = (key: string | undefined, route: string, body: unknown, headers: object = {}) =>
  fetch(url + route, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Runs `work` while a commit is in flight and can't end. */
async function whileOneCommits(work: () => Promise<void>): Promise<void> {
  const client = await system.pool.connect();
  let blocked: Promise<Response> | null = null;
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCKS.appends]);
    blocked = send(keys.get(OTHER), CLICKS, aClick());
    await until(
      () => system.pool.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`),
      ({ rowCount }) => rowCount === 1,
    );
    await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCKS.appends]);
    client.release();
    await blocked;
  }
}

const ROUTES = {
  /** The fast path. */
  [CLICKS]: () => aClick(),
  [`${CLICKS}/batch`]: () => ({ clicks: [aClick(), aClick()] }),
  /** What is refused unread needs no clicks. */
  '/api/v1/admin/import': () => ({}),
};
const FULL: Submission = { tenantId: FLOODING, idempotency: null, clicks: [] };

describe("while one tenant's clicks fill the queue", () => {
  it("each of its requests gets 503 with Retry-After, whichever way it comes, and another tenant's are taken", async () => {
    const accepted: Promise<Response>[] = [];
    const filling: Promise<unknown>[] = [];
    await whileOneCommits(async () => {
      for (let i = 0; i < QUEUE_CLICKS_MAX; i++) filling.push(ingest().submit(FULL));
      // Known at a glance, and with the cookie of a browser: then it is looked at the long way.
      for (const [route, body] of Object.entries(ROUTES))
        for (const headers of [{}, { cookie: 'of=another' }]) {
          const refused = await send(keys.get(FLOODING), route, body(), headers);
          expect([route, refused.status, refused.headers.get('retry-after')]).toEqual([route, 503, '1']);
          expect(await refused.json()).toMatchObject({ error: { code: 'queue_full' } });
        }
      accepted.push(
        send(keys.get(OTHER), CLICKS, aClick()),
        send(keys.get(OTHER), CLICKS, aClick(), { 'idempotency-key': randomUUID() }),
        send(keys.get(OTHER), `${CLICKS}/batch`, { clicks: [aClick(), aClick()] }),
      );
      await until(
        () => ingest().queuedClicks,
        (clicks) => clicks === QUEUE_CLICKS_MAX + 4,
      );
      // Read, checked and only then found to be no import: the queue was not what stood in its way.
      expect((await send(keys.get(OTHER), '/api/v1/admin/import', {})).status).toBe(400);
    });
    const replies = await Promise.all(accepted);
    expect(replies.map(({ status }) => status)).toEqual([202, 202, 202]);
    await Promise.all(filling);
    expect((await send(keys.get(FLOODING), CLICKS, aClick())).status).toBe(202);
  });

  it('the other tenant has its share of the queue and no more', async () => {
    const answered: Promise<unknown>[] = [];
    await whileOneCommits(async () => {
      for (let i = 0; i < QUEUE_CLICKS_MAX; i++) answered.push(ingest().submit(FULL));
      const share = QUEUE_CLICKS_MAX / 2;
      for (let i = 0; i < share; i++) answered.push(ingest().submit({ ...FULL, tenantId: OTHER }));
      const refused = await send(keys.get(OTHER), CLICKS, aClick());
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    });
    await Promise.all(answered);
  });
});

describe("while a commit of one tenant's many clicks is in flight and can't end", () => {
  const SAME = randomUUID();
  const many = (count: number) => ({
    clicks: [aClick({ click_id: SAME }), ...Array.from({ length: count - 1 }, () => aClick())],
  });
  const rows = async (tenantId: number) => {
    const { rows: found } = await system.pool.query(
      'SELECT count(*)::int AS n, count(DISTINCT click_id)::int AS ids FROM click_events WHERE tenant_id = $1',
      [tenantId],
    );
    return found[0] as { n: number; ids: number };
  };

  /** Runs `work` while the flooding tenant's commits wait: for the lock of one of its ids, which nobody else has. */
  async function whileFloodWaits(clicks: number, work: (blocked: Promise<Response>) => Promise<void>) {
    const client = await system.pool.connect();
    let blocked: Promise<Response> | null = null;
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO click_keys (generation, tenant_id, click_id, batch_id, received_at)
         SELECT generation, $1, $2, 0, now() FROM dedup_generation`,
        [FLOODING, SAME],
      );
      blocked = send(keys.get(FLOODING), `${CLICKS}/batch`, many(clicks));
      await until(
        () => system.pool.query(`SELECT FROM pg_locks WHERE NOT granted`),
        ({ rowCount }) => rowCount === 1,
      );
      await work(blocked);
    } finally {
      await client.query('ROLLBACK');
      client.release();
      await blocked;
    }
  }

  it("another tenant's clicks are committed beside it, and the tenant's own wait, each stored once and in order", async () => {
    const before = { flooding: await rows(FLOODING), other: await rows(OTHER) };
    const later: Promise<Response>[] = [];
    const answered: string[] = [];
    await whileFloodWaits(LIGHT_CLICKS_MAX + 1, async (blocked) => {
      void blocked.then(() => answered.push('blocked'));
      // Few, so light: but its batch in flight may hold the same id.
      later.push(send(keys.get(FLOODING), CLICKS, aClick({ click_id: SAME })));
      void later[0]?.then(() => answered.push('later'));
      await until(
        () => ingest().queuedClicks,
        (clicks) => clicks === 1,
      );
      for (let i = 0; i < 3; i++) expect((await send(keys.get(OTHER), CLICKS, aClick())).status).toBe(202);
      const replies = await Promise.all([
        send(keys.get(OTHER), `${CLICKS}/batch`, { clicks: [aClick(), aClick()] }),
        send(keys.get(OTHER), CLICKS, aClick(), { 'idempotency-key': randomUUID() }),
      ]);
      expect(replies.map(({ status }) => status)).toEqual([202, 202]);
      expect(answered).toEqual([]);
      expect(ingest().queuedClicks).toBe(1);
    });
    const [again] = await Promise.all(later);
    expect([again?.status, await again?.json()]).toMatchObject([200, { is_duplicate: true }]);
    expect(answered).toEqual(['blocked', 'later']);
    const added = async (tenantId: number, from: { n: number; ids: number }) => {
      const now = await rows(tenantId);
      return [now.n - from.n, now.ids - from.ids];
    };
    expect(await added(FLOODING, before.flooding)).toEqual([LIGHT_CLICKS_MAX + 1, LIGHT_CLICKS_MAX + 1]);
    expect(await added(OTHER, before.other)).toEqual([6, 6]);
  });
});

it('clicks, batches, imports, and list changes all count against the rate of their key, and of no other', async () => {
  frozenMs = Date.now();
  try {
    for (const route of [...Object.keys(ROUTES), '/api/v1/fraud/lists']) {
      const limited = await makeKey(FLOODING, 1);
      await system.services.access.refresh();
      expect([route, (await send(limited, route, {})).status]).toEqual([route, 400]);
      const refused = await send(limited, route, {});
      expect([route, refused.status, refused.headers.get('retry-after')]).toEqual([route, 429, '1']);
    }
    for (const tenantId of [FLOODING, OTHER])
      expect((await send(keys.get(tenantId), CLICKS, aClick())).status).toBe(202);
  } finally {
    frozenMs = null;
  }
});
