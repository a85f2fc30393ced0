import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BatchReply, type ClickReply, LIMITS } from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../embedded/postgres/start.js';
import { toImportBatch } from '../ingest/import-wire.js';
import { silentLog } from '../lib/log.js';
import { aJudgedClick } from '../testing/judged-click.js';
import { startRedis, type TestRedis } from '../testing/redis.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

/** Two ingest nodes on one ledger. */
let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let redis: TestRedis;
let a: TestSystem;
let b: TestSystem;
const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-pg-'));

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDir, password: 'p'.repeat(32), log: silentLog });
  redis = await startRedis();
  const env = { DATABASE_URL: postgres.loopbackUrl, REDIS_URL: redis.url, ROLES: 'ingest,query' };
  [a, b] = await Promise.all([
    startTestSystem({ ...env, NODE_NAME: 'a' }),
    startTestSystem({ ...env, NODE_NAME: 'b' }),
  ]);
});
afterAll(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await redis?.stop();
  await postgres?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let address = 0;
/** A click of a campaign under an advertiser; each from an address of its own, so that no rule flags it. */
const send = (node: TestSystem, campaign_id: string, advertiser_id: string, ad_id: string = randomUUID()) => {
  const from = `203.0.${Math.floor(++address / 250)}.${1 + (address % 250)}`;
  return node.post('/api/v1/clicks', aClick({ campaign_id, advertiser_id, ad_id }), {
    'x-forwarded-for': from,
  });
};
const change = async (method: 'PUT' | 'PATCH', path: string, payload: object) => {
  const reply = await a.app.inject({ method, url: `/api/v1/${path}`, payload });
  expect(reply.statusCode, reply.body).toBe(200);
};
const advertisersOf = async (campaign: string): Promise<string[]> => {
  const { rows } = await a.pool.query(
    'SELECT DISTINCT advertiser_id FROM click_events WHERE campaign_id = $1 ORDER BY 1',
    [campaign],
  );
  return rows.map((row) => row.advertiser_id);
};
const isThere = async (table: string, column: string, id: string) =>
  (await a.pool.query(`SELECT FROM ${table} WHERE tenant_id = 1 AND ${column} = $1`, [id])).rowCount === 1;

describe('a click is of its campaign’s advertiser, whatever it says', () => {
  it('over the API, on a node that knows the campaign and on one that does not', async () => {
    await change('PUT', 'campaigns/of-acme', { advertiser_id: 'acme', cost_per_click_micros: 90_000 });
    for (const node of [a, b, a, b])
      expect((await send(node, 'of-acme', 'bolt', 'one-ad')).statusCode).toBe(202);
    expect(await advertisersOf('of-acme')).toEqual(['acme']);
    const named = aClick({ campaign_id: 'of-acme', advertiser_id: 'bölt' });
    const stored = "advertiser_id: stored under acme, the campaign's advertiser";
    const single = await a.post('/api/v1/clicks', named);
    expect(single.json<ClickReply>().warnings).toEqual([stored]);
    const own = { ...named, advertiser_id: 'acme' };
    const batch = await a.post('/api/v1/clicks/batch', {
      clicks: [own, { ...named, browser: 'x'.repeat(500) }],
    });
    const [kept, moved] = batch.json<BatchReply>().results as ClickReply[];
    expect(kept).not.toHaveProperty('warnings');
    expect(moved?.warnings).toEqual([expect.stringMatching(/^browser: /), stored]);
    // The other one is made neither by that click nor by any that names a known campaign.
    expect(await isThere('advertisers', 'advertiser_id', 'bolt')).toBe(false);
    expect(await isThere('advertisers', 'advertiser_id', 'acme')).toBe(true);
    const metrics = await a.app.inject('/metrics');
    expect(metrics.body).toMatch(/clickledger_clicks_reassigned_total 4\b/);
  });

  it('in an import', async () => {
    const clicks = ['acme', 'bolt'].map(
      (advertiserId) => aJudgedClick({ campaignId: 'of-acme', advertiserId }).click,
    );
    expect((await a.post('/api/v1/admin/import', toImportBatch(clicks))).statusCode).toBe(202);
    expect(await advertisersOf('of-acme')).toEqual(['acme']);
  });

  it('when two nodes see the first clicks of a campaign at once, and within one batch: whoever came first says whose it is', async () => {
    for (let round = 0; round < 20; round++) {
      const campaign = `raced-${round}`;
      const replies = await Promise.all(
        Array.from({ length: 8 }, (_, i) => send(i % 2 ? a : b, campaign, `claims-${i % 4}`)),
      );
      expect(replies.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(202));
      const found = await advertisersOf(campaign);
      expect(found).toHaveLength(1);
      const { rows } = await a.pool.query('SELECT advertiser_id FROM campaigns WHERE campaign_id = $1', [
        campaign,
      ]);
      expect(rows).toEqual([{ advertiser_id: found[0] }]);
    }
  });

  it('and an admin moves a campaign to its right advertiser, for clicks from then on', async () => {
    expect((await send(a, 'claimed', 'mallory')).statusCode).toBe(202);
    // What a stranger's first click claims costs nobody anything: its price is 0.
    const { rows } = await a.pool.query(`SELECT cost_micros FROM click_events WHERE campaign_id = 'claimed'`);
    expect(rows).toEqual([{ cost_micros: 0 }]);
    await change('PATCH', 'campaigns/claimed', { advertiser_id: 'rightful', cost_per_click_micros: 50_000 });
    expect((await send(b, 'claimed', 'mallory')).statusCode).toBe(202);
    const after = await a.pool.query(
      `SELECT advertiser_id, cost_micros FROM click_events WHERE campaign_id = 'claimed' ORDER BY batch_id`,
    );
    expect(after.rows).toEqual([
      { advertiser_id: 'mallory', cost_micros: 0 },
      { advertiser_id: 'rightful', cost_micros: 50_000 },
    ]);
    expect(await isThere('advertisers', 'advertiser_id', 'rightful')).toBe(true);
    const changes = await a.get<{ data: { field: string; new_value: string }[] }>(
      '/api/v1/campaigns/claimed/changes',
    );
    expect(changes.data).toContainEqual(
      expect.objectContaining({ field: 'advertiser_id', old_value: 'mallory', new_value: 'rightful' }),
    );
  });
});

describe('what clicks may register', () => {
  const count = async (tenantId: number) => {
    const { rows } = await a.pool.query(
      `SELECT (SELECT count(*) FROM advertisers WHERE tenant_id = $1)::int
            + (SELECT count(*) FROM campaigns WHERE tenant_id = $1)::int
            + (SELECT count(*) FROM ads WHERE tenant_id = $1)::int AS n`,
      [tenantId],
    );
    return rows[0].n as number;
  };
  const setRegistered = (registered: number, hoursAgo = 0) =>
    a.pool.query(
      `INSERT INTO entity_registrations VALUES (1, date_trunc('hour', now()) - make_interval(hours => $2), $1)
       ON CONFLICT (tenant_id) DO UPDATE SET registered = $1, hour = EXCLUDED.hour`,
      [registered, hoursAgo],
    );

  it('is at most so many rows an hour, on all nodes together; the clicks beyond are stored and cost nothing', async () => {
    let sent: { campaign: string; advertiser: string; ad: string }[] = [];
    // The hour may turn between this and the last look: then the counter begins anew, and the test with it.
    for (;;) {
      const hour = new Date().getUTCHours();
      await setRegistered(LIMITS.newEntitiesPerHourMax - 20);
      const before = await count(1);
      const id = () => `flood-${randomUUID()}`;
      sent = Array.from({ length: 60 }, () => ({ campaign: id(), advertiser: id(), ad: id() }));
      const replies = await Promise.all(
        sent.map(({ campaign, advertiser, ad }, i) => send(i % 2 ? a : b, campaign, advertiser, ad)),
      );
      const made = (await count(1)) - before;
      if (new Date().getUTCHours() !== hour) continue;
      expect(replies.map(({ statusCode }) => statusCode)).toEqual(Array(60).fill(202));
      expect(made).toBeGreaterThan(0);
      expect(made).toBeLessThanOrEqual(20);
      break;
    }
    const { rows } = await a.pool.query(
      `SELECT count(*)::int AS clicks, sum(cost_micros)::int AS cost FROM click_events WHERE campaign_id LIKE 'flood-%'`,
    );
    expect(rows[0].clicks).toBeGreaterThanOrEqual(60);
    expect(rows[0].cost).toBe(0);
    // People may set up what they like meanwhile, and those of the next hour are registered again.
    await change('PUT', 'campaigns/set-up', { advertiser_id: 'acme', cost_per_click_micros: 1 });
    await setRegistered(LIMITS.newEntitiesPerHourMax, 1);
    await send(a, 'next-hour', 'acme');
    expect(await isThere('campaigns', 'campaign_id', 'next-hour')).toBe(true);
    // So is each campaign beyond the limit, by its next click on a node that has seen it before.
    let again = 0;
    for (const [i, { campaign, advertiser, ad }] of sent.entries()) {
      if (i % 2 === 0 || (await isThere('campaigns', 'campaign_id', campaign))) continue;
      await send(a, campaign, advertiser, ad);
      expect(await isThere('campaigns', 'campaign_id', campaign)).toBe(true);
      again++;
    }
    expect(again).toBeGreaterThan(0);
  });

  it('is nothing of another tenant’s limit', async () => {
    await a.pool.query(`INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'two', 'Two')`);
    await setRegistered(LIMITS.newEntitiesPerHourMax);
    const { click } = aJudgedClick({ tenantId: 2, campaignId: 'theirs' });
    expect((await a.post('/api/v1/admin/import', toImportBatch([click]))).statusCode).toBe(202);
    expect(await count(2)).toBe(3);
  });

  it('is no campaign where only known ones count: a click of another is flagged and listed apart', async () => {
    await setRegistered(0);
    await change('PATCH', 'admin/settings', { only_known_campaigns: true });
    const unknown = await send(a, 'nobody-set-it-up', 'acme');
    expect(unknown.json<ClickReply>()).toMatchObject({ is_duplicate: false, is_fraudulent: true });
    const again = await b.post('/api/v1/clicks', {
      ...aClick({ campaign_id: 'nobody-set-it-up' }),
      click_id: unknown.json<ClickReply>().click_id,
    });
    expect(again.json<ClickReply>()).toMatchObject({ is_duplicate: true, is_fraudulent: true });
    const known = await send(b, 'of-acme', 'acme');
    expect(known.json<ClickReply>().is_fraudulent).toBe(false);
    const { rows } = await a.pool.query(
      `SELECT e.fraud_reason, e.fraud_reasons, e.fraud_evidence, b.fraud_count
       FROM click_events e JOIN batches b USING (batch_id) WHERE campaign_id = 'nobody-set-it-up'`,
    );
    expect(rows).toEqual([
      {
        fraud_reason: 'unknown_campaign',
        fraud_reasons: 'unknown_campaign',
        fraud_evidence: '{"unknown_campaign": {}}',
        fraud_count: 1,
      },
    ]);
    expect(await isThere('campaigns', 'campaign_id', 'nobody-set-it-up')).toBe(false);
    await change('PATCH', 'admin/settings', { only_known_campaigns: false });
  });
});

describe('setting a campaign up', () => {
  it('waits for the first click that registers it at that moment, and neither fails', async () => {
    const session = await a.pool.connect();
    try {
      // As `register_clicked` has it: the campaign, then its advertiser.
      await session.query('BEGIN');
      await session.query(
        `INSERT INTO campaigns (tenant_id, campaign_id, advertiser_id) VALUES (1, 'raced', 'raced-owner')`,
      );
      const settingUp = change('PUT', 'campaigns/raced', { advertiser_id: 'raced-owner', name: 'Raced' });
      await until(
        async () =>
          (await b.pool.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).rowCount ?? 0,
        (waiting) => waiting > 0,
      );
      await session.query(`INSERT INTO advertisers (tenant_id, advertiser_id) VALUES (1, 'raced-owner')`);
      await session.query('COMMIT');
      await settingUp;
    } finally {
      session.release(true);
    }
    expect(await isThere('advertisers', 'advertiser_id', 'raced-owner')).toBe(true);
  });

  it('changing one that is not there leaves no advertiser behind', async () => {
    const payload = { advertiser_id: 'nobodys' };
    const reply = await a.app.inject({ method: 'PATCH', url: '/api/v1/campaigns/never-seen', payload });
    expect(reply.statusCode).toBe(404);
    expect(await isThere('advertisers', 'advertiser_id', 'nobodys')).toBe(false);
  });
});
