import { randomUUID } from 'node:crypto';
import {
  CampaignsReply,
  ChangesReply,
  ClickLogReply,
  type ClickReply,
  ClickStory,
  FraudSummaryReply,
  guardFormula,
  type ListPreviewReply,
  OffendersReply,
  StatsReply,
  unguardFormula,
} from '@clickledger/contract';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';

const HOUR_MS = 3_600_000;
let system: TestSystem;
/** A whole hour, a while ago: clicks of these tests lie in it. */
let startMs: number;
const at = (ms: number) => new Date(startMs + ms).toISOString();
const range = () => `start_time=${at(0)}&end_time=${at(HOUR_MS)}`;

/** 120 clicks of one address within two minutes (20 of them flagged), and 30 of other ones. */
beforeAll(async () => {
  system = await startTestSystem();
  // One rule alone, so that the figures below are plain.
  await system.app.inject({
    method: 'PUT',
    url: '/api/v1/fraud/rules',
    payload: { bot_user_agent: { state: 'off' }, duplicate_click: { state: 'off', window_seconds: 3 } },
  });
  startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS;
  await system.app.inject({
    method: 'PUT',
    url: '/api/v1/campaigns/c-attacked',
    payload: { advertiser_id: 'adv-1', name: 'Attacked', cost_per_click_micros: 250_000 },
  });
  const attack = Array.from({ length: 120 }, (_, i) => ({
    ad_id: 'ad-1',
    campaign_id: 'c-attacked',
    advertiser_id: 'adv-1',
    country: 'DE',
    timestamp: at(600_000 + i * 400),
    referrer: 'https://bad.example/page?x=1',
    user_agent: '=cmd|calc',
  }));
  await system.post('/api/v1/clicks/batch', { clicks: attack }, { 'x-forwarded-for': '203.0.113.9' });
  const others = Array.from({ length: 30 }, (_, i) => ({
    ad_id: `ad-${i % 3}`,
    campaign_id: 'c-calm',
    advertiser_id: 'adv-1',
    user_id: `=user,"${i}"`,
    country: 'FR',
    // Several at the same moment: the order within it must be firm, too.
    timestamp: at(1_200_000 + Math.floor(i / 5) * 1_000),
  }));
  await system.post('/api/v1/clicks/batch', { clicks: others }, { 'x-forwarded-for': '203.0.113.10' });
  await system.caughtUp();
});
afterAll(() => system?.close());

const patch = (url: string, payload: unknown) =>
  system.app.inject({ method: 'PATCH', url, payload: payload as object });

describe('campaigns, ads and advertisers', () => {
  it('lists what clicks brought, by pages, narrowed to a parent', async () => {
    const all = CampaignsReply.strict().parse(await system.get('/api/v1/campaigns'));
    expect(all.data.map((one) => one.campaign_id)).toEqual(['c-attacked', 'c-calm']);
    const first = await system.get<CampaignsReply>('/api/v1/campaigns?limit=1');
    expect(first.next_after).toBe('c-attacked');
    const second = await system.get<CampaignsReply>(`/api/v1/campaigns?limit=1&after=${first.next_after}`);
    expect(second.data[0]?.campaign_id).toBe('c-calm');
    expect(second.next_after).toBeNull();
    const ads = await system.get<{ data: { ad_id: string }[] }>('/api/v1/ads?campaign_id=c-calm');
    expect(ads.data.map((ad) => ad.ad_id)).toEqual(['ad-0', 'ad-2']);
    expect((await system.get<{ data: unknown[] }>('/api/v1/advertisers')).data).toHaveLength(1);
  });

  it('changes the named fields only, and keeps who changed what', async () => {
    const reply = await patch('/api/v1/campaigns/c-calm', { name: 'Calm', daily_budget_micros: 5_000_000 });
    expect(reply.json()).toMatchObject({ name: 'Calm', daily_budget_micros: 5_000_000, status: 'active' });
    await patch('/api/v1/campaigns/c-calm', { daily_budget_micros: null, name: 'Calm' });
    const changes = ChangesReply.strict().parse(await system.get('/api/v1/campaigns/c-calm/changes'));
    expect(changes.data.map(({ field, old_value, new_value }) => [field, old_value, new_value])).toEqual([
      ['daily_budget_micros', '5000000', null],
      ['name', null, 'Calm'],
      ['daily_budget_micros', null, '5000000'],
    ]);
    expect(changes.data[0]?.changed_by).toBe('protected mode');
  });

  it('names the field that is wrong, and changes nothing then', async () => {
    const wrong = await patch('/api/v1/campaigns/c-calm', {
      cost_per_click_micros: -1,
      status: 'gone',
      name: 'No',
    });
    expect(wrong.statusCode).toBe(400);
    expect(Object.keys(wrong.json().error.fieldErrors).sort()).toEqual(['cost_per_click_micros', 'status']);
    expect((await patch('/api/v1/campaigns/c-calm', {})).statusCode).toBe(400);
    expect((await patch('/api/v1/campaigns/nobody', { name: 'x' })).statusCode).toBe(404);
    expect(await system.get('/api/v1/campaigns/c-calm')).toMatchObject({ name: 'Calm' });
  });

  it('a new price counts for clicks stored from then on', async () => {
    const click = { ad_id: 'p', campaign_id: 'c-priced', advertiser_id: 'adv-1' };
    await system.app.inject({
      method: 'PUT',
      url: '/api/v1/campaigns/c-priced',
      payload: { advertiser_id: 'adv-1', cost_per_click_micros: 100 },
    });
    const before = (await system.post('/api/v1/clicks', click)).json<ClickReply>();
    await patch('/api/v1/campaigns/c-priced', { cost_per_click_micros: 200 });
    const costOf = async (id: string) =>
      (await system.get<ClickStory>(`/api/v1/clicks/${id}`)).click.cost_micros;
    await expect
      .poll(async () => costOf((await system.post('/api/v1/clicks', click)).json<ClickReply>().click_id), {
        timeout: 20_000,
      })
      .toBe(200);
    expect(await costOf(before.click_id)).toBe(100);
  });
});

describe('the click log', () => {
  const page = (query: string) => system.get<ClickLogReply>(`/api/v1/clicks?${range()}&${query}`);

  it('goes through every click once, newest first, while others come in', async () => {
    const seen: string[] = [];
    const times: string[] = [];
    let cursor = '';
    do {
      const reply = ClickLogReply.parse(await page(`limit=7${cursor && `&cursor=${cursor}`}`));
      seen.push(...reply.data.map((click) => click.click_id));
      times.push(...reply.data.map((click) => click.clicked_at));
      cursor = reply.next_cursor ?? '';
      if (seen.length === 7) {
        // The newest of the range: before the cursor, so no page that follows may move.
        await system.post('/api/v1/clicks', {
          ad_id: 'late',
          campaign_id: 'c-late',
          advertiser_id: 'adv-1',
          timestamp: at(HOUR_MS - 1),
        });
        await system.caughtUp();
      }
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(150);
    expect(seen).toHaveLength(150);
    expect(times).toEqual([...times].sort().reverse());
  });

  it.each([
    ['campaign_id=c-calm', 30],
    ['country=de', 120],
    ['flagged=true', 20],
    ['flagged=false&campaign_id=c-attacked', 100],
    ['fraud_reason=velocity_ip', 20],
    ['ad_id=ad-1&country=FR', 10],
    [`user_id=${encodeURIComponent('=user,"3"')}`, 1],
    ['device_type=tablet', 0],
    ['referrer_host=bad.example', 120],
    ['referrer_host=bad', 0],
    ["campaign_id=' OR 1=1 --", 0],
  ])('finds by %s', async (query, count) => {
    expect((await page(`limit=500&${query}`)).data).toHaveLength(count);
  });

  it('finds by address hash and by click id', async () => {
    const [click] = (await page('limit=1&campaign_id=c-attacked')).data;
    expect((await page(`limit=500&ip_hash=${click?.ip_hash}`)).data).toHaveLength(120);
    expect((await page(`click_id=${click?.click_id}`)).data).toEqual([click]);
    expect(click).toMatchObject({ referrer_host: 'bad.example', cost_micros: 250_000, user_id: null });
  });

  it('says which parameter is wrong', async () => {
    const wrong = await system.app.inject('/api/v1/clicks?limit=501&flagged=maybe&cursor=x.y&start_time=now');
    expect(wrong.statusCode).toBe(400);
    expect(Object.keys(wrong.json().error.fieldErrors).sort()).toEqual([
      'cursor',
      'flagged',
      'limit',
      'start_time',
    ]);
    const cursor = await system.app.inject('/api/v1/clicks?cursor=AAAA');
    expect(cursor.json().error.fieldErrors).toHaveProperty('cursor');
  });
});

describe('the story of a click', () => {
  it('is told of a click that the relay has not seen, and to its end', async () => {
    const posted = (
      await system.post('/api/v1/clicks', { ad_id: 'a', campaign_id: 'c', advertiser_id: 'v' })
    ).json<ClickReply>();
    const early = ClickStory.parse(await system.get(`/api/v1/clicks/${posted.click_id}`));
    expect(early.ledger.committed).toBe(true);
    await system.caughtUp();
    const late = ClickStory.strict().parse(await system.get(`/api/v1/clicks/${posted.click_id}`));
    expect(late).toMatchObject({
      relay: { state: 'delivered' },
      analytics: 'present',
      rules: [],
      guard: { answered: true, rules_not_run: [] },
    });
    expect(late.relay.chunk_id).toBeGreaterThan(0);
  });

  it('shows what the rule that flagged it counted', async () => {
    const [flagged] = (await system.get<ClickLogReply>('/api/v1/clicks?flagged=true&limit=1')).data;
    const story = await system.get<ClickStory>(`/api/v1/clicks/${flagged?.click_id}`);
    expect(story.rules).toEqual([
      {
        rule: 'velocity_ip',
        decided: true,
        in_shadow: false,
        evidence: { count: 120, count_max: 100, window_ms: 60_000 },
      },
    ]);
    expect(story.click).toMatchObject({ user_agent: '=cmd|calc', referrer: 'https://bad.example/page?x=1' });
  });

  it('is found after the dedup window has forgotten the id', async () => {
    const [click] = (await system.get<ClickLogReply>('/api/v1/clicks?campaign_id=c-calm&limit=1')).data;
    await system.pool.query('DELETE FROM click_keys WHERE click_id = $1', [click?.click_id]);
    expect((await system.get<ClickStory>(`/api/v1/clicks/${click?.click_id}`)).click.campaign_id).toBe(
      'c-calm',
    );
  });

  it('404 for an unknown id, 400 for none', async () => {
    const unknown = await system.app.inject('/api/v1/clicks/00000000-0000-4000-8000-000000000000');
    expect(unknown.statusCode).toBe(404);
    expect((await system.app.inject('/api/v1/clicks/nonsense')).json().error.fieldErrors).toHaveProperty(
      'click_id',
    );
  });
});

describe('fraud', () => {
  it('is summed up by time and by rule', async () => {
    const url = `/api/v1/fraud/summary?${range()}&granularity=minute&campaign_id=c-attacked`;
    const summary = FraudSummaryReply.strict().parse(await system.get(url));
    expect(summary).toMatchObject({ clicks: 120, fraud_count: 20, saved_micros: 20 * 250_000 });
    expect(summary.fraud_rate).toBeCloseTo(20 / 120);
    expect(summary.rules).toEqual([
      {
        rule: 'velocity_ip',
        decided: 20,
        fired: 20,
        shadow: 0,
        fired_on_clean: 0,
        clean_share: 0,
        separates_nothing: false,
      },
    ]);
    expect(summary.series).toHaveLength(60);
    expect(summary.series[10]).toEqual({
      time_bucket: at(600_000),
      clicks: 120,
      fraud_count: 20,
      by_rule: { velocity_ip: 20 },
    });
  });

  it('is narrowed by country, device and rule; a rule’s rate is of all clicks', async () => {
    const summary = async (filter: string) =>
      system.get<FraudSummaryReply>(
        `/api/v1/fraud/summary?${range()}&granularity=minute&advertiser_id=adv-1${filter && `&${filter}`}`,
      );
    expect(await summary('country=DE')).toMatchObject({ clicks: 120, fraud_count: 20 });
    expect(await summary('country=FR')).toMatchObject({ clicks: 30, fraud_count: 0 });
    // With the late one that the test of pages sends.
    const { clicks } = await summary('');
    const ofRule = await summary('fraud_reason=velocity_ip');
    expect(ofRule).toMatchObject({ clicks, fraud_count: 20, saved_micros: 20 * 250_000 });
    const ofOther = await summary('fraud_reason=ad_burst');
    expect(ofOther).toMatchObject({ clicks, fraud_count: 0, saved_micros: 0, fraud_rate: 0 });
    // The rules stay in sight, so that another can be chosen.
    expect(ofOther.rules.map(({ rule }) => rule)).toContain('velocity_ip');
    const offenders = async (filter: string) =>
      (await system.get<OffendersReply>(`/api/v1/fraud/offenders?${range()}&by=campaign_id&${filter}`)).data
        .length;
    expect(await offenders('fraud_reason=velocity_ip')).toBe(1);
    expect(await offenders('fraud_reason=ad_burst')).toBe(0);
    expect(await offenders('country=FR')).toBe(0);
  });

  it('a list entry’s clicks are counted before it is added, and nothing is added by it', async () => {
    const preview = async (body: object) =>
      (await system.post('/api/v1/fraud/lists/preview', body)).json<ListPreviewReply>();
    const of = (kind: string, value: string) => preview({ kind, value });
    expect(await of('address', '203.0.113.9')).toEqual({ days: 7, clicks: 120, flagged: 20 });
    expect(await of('address', '203.0.113.0/24')).toEqual({ days: 7, clicks: 150, flagged: 20 });
    expect(await of('address', '203.0.113.10/31')).toEqual({ days: 7, clicks: 30, flagged: 0 });
    expect(await of('address', '203.0.114.0/24')).toEqual({ days: 7, clicks: 0, flagged: 0 });
    expect(await of('address', '203.0.0.0/8')).toEqual({ days: 7, clicks: null, flagged: null });
    expect(await of('user', '=user,"7"')).toEqual({ days: 7, clicks: 1, flagged: 0 });
    expect(await of('user_agent', '=cmd|calc')).toEqual({ days: 7, clicks: 120, flagged: 20 });
    expect(await of('referrer_host', 'example')).toEqual({ days: 7, clicks: 120, flagged: 20 });
    expect(await of('referrer_host', 'd.example')).toEqual({ days: 7, clicks: 0, flagged: 0 });
    const wrong = await system.post('/api/v1/fraud/lists/preview', { kind: 'address', value: '1.2.3.4/40' });
    expect(wrong.statusCode).toBe(400);
    expect(await system.get('/api/v1/fraud/lists')).toEqual({ data: [] });
  });

  it('names the offenders with all their clicks beside the flagged ones', async () => {
    for (const [by, value] of [
      ['campaign_id', 'c-attacked'],
      ['referrer_host', 'bad.example'],
      ['ad_id', 'ad-1'],
    ] as const) {
      const url = `/api/v1/fraud/offenders?${range()}&by=${by}`;
      const { data } = OffendersReply.strict().parse(await system.get(url));
      const clicks = by === 'ad_id' ? 130 : 120;
      expect(data).toEqual([
        {
          value,
          clicks,
          flagged: 20,
          share: 20 / clicks,
          first_seen: at(600_000 + 100 * 400),
          last_seen: at(600_000 + 119 * 400),
          rules: ['velocity_ip'],
          saved_micros: 20 * 250_000,
        },
      ]);
    }
    const addresses = await system.get<OffendersReply>(`/api/v1/fraud/offenders?${range()}&by=ip_hash`);
    expect(addresses.data[0]?.value).toMatch(/^[0-9a-f]{32}$/);
    // These clicks name no user.
    expect((await system.get<OffendersReply>(`/api/v1/fraud/offenders?${range()}&by=user_id`)).data).toEqual(
      [],
    );
  });
});

describe('exports', () => {
  const rowsOf = (body: string) => parse(body, { columns: true, bom: true }) as Record<string, string>[];

  it('the click log as CSV: every row, quoted, no text that runs as a formula', async () => {
    const reply = await system.app.inject(`/api/v1/export/clicks.csv?${range()}&campaign_id=c-calm`);
    expect(reply.headers['content-type']).toBe('text/csv; charset=utf-8');
    const lines = reply.body.trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^"click_id","clicked_at",/);
    expect(lines).toHaveLength(31);
    expect(lines[1]).toMatch(/"'=user,""\d+"""/);
    const attacked = await system.app.inject(`/api/v1/export/clicks.csv?${range()}&country=DE`);
    expect(attacked.body.match(/"'=cmd\|calc"/g)).toHaveLength(120);
  });

  it('texts come back from a file as they were, also with an apostrophe of their own, and figures stay figures', async () => {
    const names = ['=x', "'=x", "''=x", '-8699', "'-8699", '-x', "it's", '+1', '@a'];
    const clicks = names.map((user_id, i) => ({
      ad_id: 'ad-1',
      campaign_id: 'c-names',
      advertiser_id: 'adv-1',
      user_id,
      timestamp: at(2_000_000 + i),
    }));
    await system.post('/api/v1/clicks/batch', { clicks });
    await system.caughtUp();
    const { body } = await system.app.inject(`/api/v1/export/clicks.csv?${range()}&campaign_id=c-names`);
    const users = rowsOf(body).map((row) => row.user_id ?? '');
    expect(users.map(unguardFormula).toSorted()).toEqual(names.toSorted());
    // By the engine as by the writer of all other files.
    expect(users.toSorted()).toEqual(names.map(guardFormula).toSorted());
    expect(users).toContain('-8699');
  });

  it('a file for people: local times, names, units of the currency, and a name that says what and when', async () => {
    const where = `${range()}&timezone=Asia/Kolkata`;
    const day = (ms: number) => new Date(startMs + 5.5 * HOUR_MS + ms).toISOString().slice(0, 10);
    const days = `${day(0)}-${day(HOUR_MS - 1)}`;
    const nameOf = (reply: { headers: Record<string, unknown> }) => reply.headers['content-disposition'];
    const log = await system.app.inject(`/api/v1/export/clicks.csv?${where}&campaign_id=c-attacked&bom=true`);
    expect(nameOf(log)).toBe(`attachment; filename="clickledger-clicks-${days}.csv"`);
    expect(log.body.startsWith('\ufeff"click_id"')).toBe(true);
    const [click] = rowsOf(log.body);
    const amounts = { cost_micros: '250000', cost: '0.25', currency: 'USD' };
    expect(click).toMatchObject({ ...amounts, time_zone: 'Asia/Kolkata' });
    expect(click?.clicked_at_local).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30$/);
    // To the second.
    const clickedAt = Math.floor(Date.parse(click?.clicked_at ?? '') / 1_000) * 1_000;
    expect(Date.parse(click?.clicked_at_local ?? '')).toBe(clickedAt);

    const total = await system.app.inject(
      `/api/v1/export/aggregate.csv?${where}&granularity=total&group_by=campaign_id&order_by=name`,
    );
    expect(nameOf(total)).toBe(`attachment; filename="clickledger-campaign-${days}.csv"`);
    const figures = { clicks: '120', fraud_count: '20', fraud_rate: '0.166667', cost_micros: '25000000' };
    expect(rowsOf(total.body)[0]).toMatchObject({
      ...figures,
      campaign_id: 'c-attacked',
      campaign_name: 'Attacked',
      cost: '25',
      currency: 'USD',
      time_zone: 'Asia/Kolkata',
      time_local: at(5.5 * HOUR_MS).replace('.000Z', '+05:30'),
    });
    const hours = await system.app.inject(
      `/api/v1/export/aggregate.csv?${where}&granularity=hour&fill=true&campaign_id=nobody`,
    );
    expect(nameOf(hours)).toContain(`clickledger-clicks-by-hour-${days}.csv`);
    expect(rowsOf(hours.body)[0]?.fraud_rate).toBe('');
    const none = await system.app.inject(
      `/api/v1/export/aggregate.csv?${where}&campaign_id=nobody&granularity=hour`,
    );
    expect(none.body).toMatch(/^"time_bucket",.*\r\n$/);
  });

  it('an aggregate as CSV', async () => {
    const url = `/api/v1/export/aggregate.csv?${range()}&granularity=total&group_by=country`;
    const lines = (await system.app.inject(url)).body.trimEnd().split('\r\n');
    expect(lines[0]).toContain('"country"');
    expect(lines.find((line) => line.includes('"DE"'))).toContain('120');
  });

  it('no more than two at once, the places given back', async () => {
    const ask = () => system.app.inject(`/api/v1/export/clicks.csv?${range()}`);
    const codes = (await Promise.all([ask(), ask(), ask()])).map((reply) => reply.statusCode).sort();
    expect(codes).toEqual([200, 200, 503]);
    expect((await ask()).statusCode).toBe(200);
  });
});

it('the stats tell of latency, relay, storage and viewers', async () => {
  const stats = StatsReply.parse(await system.get('/api/v1/admin/stats'));
  expect(stats.latency.ingest?.count).toBeGreaterThan(0);
  expect(stats.latency.commit?.p50_ms).toBeGreaterThan(0);
  expect(stats.relay).toMatchObject({ last_error: null });
  expect(stats.relay.last_chunk_id).toBeGreaterThan(0);
  expect(stats.storage.ledger_bytes).toBeGreaterThan(1_000_000);
  expect(stats.storage.analytics_parts).toBeGreaterThan(0);
  expect(stats.viewers).toEqual({ streams: 0, views: 0 });
  expect(stats.analytics_query_ms).toBeGreaterThan(0);
});

it('an engine that does not answer is 503 with Retry-After within seconds, and clicks are taken on', async () => {
  const pid = system.pids.clickhouse() as number;
  process.kill(pid, 'SIGSTOP');
  try {
    // All at once: each waits for the engine as long as it may.
    const log = system.app.inject('/api/v1/clicks');
    // Of one that the ledger does not know by its id, only analytics can say where it is.
    const old = system.app.inject(`/api/v1/clicks/${randomUUID()}`);
    const click = await system.post('/api/v1/clicks', { ad_id: 'a', campaign_id: 'c', advertiser_id: 'v' });
    expect(click.statusCode).toBe(202);
    // The story of a click is the ledger's.
    const story = system.get<ClickStory>(`/api/v1/clicks/${click.json<ClickReply>().click_id}`);
    for (const reply of await Promise.all([log, old])) {
      expect([reply.statusCode, reply.json().error.code]).toEqual([503, 'unavailable']);
      expect(reply.headers['retry-after']).toBeDefined();
    }
    expect((await story).analytics).toBe('unknown');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await expect
    .poll(async () => (await system.app.inject('/api/v1/clicks')).statusCode, { timeout: 60_000 })
    .toBe(200);
});
