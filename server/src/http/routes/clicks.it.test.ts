import { randomUUID } from 'node:crypto';
import type { AggregateReply, BatchReply, ClickReply, StatsReply } from '@clickledger/contract';
import { LIMITS } from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../../testing/system.js';

const IPAD =
  'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const CLICKS = '/api/v1/clicks';
const BATCH = '/api/v1/clicks/batch';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

let address = 0;
/** Each call another address, so that one test's clicks do not trip another's rules. */
const fromAnywhere = () => ({
  'x-forwarded-for': `10.0.${Math.floor(++address / 250)}.${(address % 250) + 1}`,
});
const send = (fields: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  system.post(CLICKS, aClick(fields), { ...fromAnywhere(), ...headers });
const stored = async (clickId: string) => {
  const { rows } = await system.pool.query('SELECT * FROM click_events WHERE click_id = $1', [clickId]);
  return rows;
};

describe('a click', () => {
  it('is in the ledger when its reply comes, with everything that was sent', async () => {
    const timestamp = new Date(Date.now() - 3_600_000).toISOString();
    const response = await send({
      ad_id: 'ad-x',
      campaign_id: 'camp-x',
      advertiser_id: 'adv-x',
      user_id: 'user-x',
      country: 'de',
      device_type: 'tablet',
      os: 'iPadOS',
      browser: 'Safari',
      timestamp,
      referrer: 'https://example.org/page',
      user_agent: IPAD,
    });
    expect(response.statusCode).toBe(202);
    const reply = response.json<ClickReply>();
    expect(reply).toEqual({
      success: true,
      click_id: expect.stringMatching(UUID),
      is_duplicate: false,
      is_fraudulent: false,
    });
    const [row] = await stored(reply.click_id);
    expect(row).toMatchObject({
      tenant_id: 1,
      ad_id: 'ad-x',
      campaign_id: 'camp-x',
      advertiser_id: 'adv-x',
      user_id: 'user-x',
      country: 'DE',
      device_type: 'tablet',
      os: 'iPadOS',
      browser: 'Safari',
      clicked_at: new Date(timestamp),
      referrer: 'https://example.org/page',
      user_agent: IPAD,
      is_fraudulent: false,
      fraud_reason: null,
    });
    expect(JSON.stringify(row)).not.toContain('10.0.'); // no raw address anywhere
  });

  it('is completed from its User-Agent and its address', async () => {
    const response = await send(
      {},
      {
        'user-agent':
          'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
        'x-forwarded-for': '8.8.8.8',
      },
    );
    const [row] = await stored(response.json<ClickReply>().click_id);
    expect(row).toMatchObject({ os: 'iOS', device_type: 'mobile', country: 'US' });
    expect(row.browser).toContain('Safari');
  });

  it('brings unknown ids, which are registered unnamed', async () => {
    await send({ ad_id: 'ad-new', campaign_id: 'camp-new', advertiser_id: 'adv-new' });
    const { rows } = await system.pool.query(
      `SELECT a.name AS ad, c.name AS campaign, v.name AS advertiser, c.status, c.cost_per_click_micros AS cost
       FROM ads a JOIN campaigns c USING (tenant_id, campaign_id) JOIN advertisers v USING (tenant_id, advertiser_id)
       WHERE a.ad_id = 'ad-new'`,
    );
    expect(rows).toEqual([{ ad: null, campaign: null, advertiser: null, status: 'active', cost: 0 }]);
  });

  it('loses its unknown fields, and is kept', async () => {
    const response = await send({ something_newer: { nested: true } });
    expect(response.statusCode).toBe(202);
  });

  it('may lie five minutes ahead and as far back as the dedup window, not further', async () => {
    const at = (ms: number) => ({ timestamp: new Date(Date.now() + ms).toISOString() });
    const day = 86_400_000;
    expect((await send(at(4 * 60_000))).statusCode).toBe(202);
    expect((await send(at(-7 * day + 60_000))).statusCode).toBe(202);
    for (const wrong of [at(6 * 60_000), at(-7 * day - 60_000)]) {
      const response = await send(wrong);
      expect(response.statusCode).toBe(400);
      expect(response.json().error.fieldErrors.timestamp).toHaveLength(1);
    }
  });
});

describe('a wrong request names the field', () => {
  const wrongs: [string, Record<string, unknown>][] = [
    ['ad_id', { ad_id: undefined }],
    ['campaign_id', { campaign_id: '' }],
    ['campaign_id', { campaign_id: '   ' }],
    ['advertiser_id', { advertiser_id: 7 }],
    ['ad_id', { ad_id: 'x'.repeat(LIMITS.idLengthMax + 1) }],
    ['ad_id', { ad_id: 'nul\u0000' }],
    ['click_id', { click_id: 'not-a-uuid' }],
    ['user_id', { user_id: '' }],
    ['timestamp', { timestamp: 'yesterday' }],
    ['timestamp', { timestamp: '2026-01-01T00:00:00' }],
  ];
  it.each(wrongs)('%s: %j', async (field, fields) => {
    const response = await send(fields);
    expect(response.statusCode).toBe(400);
    const { error } = response.json();
    expect(Object.keys(error.fieldErrors)).toEqual([field]);
    expect(error.fieldErrors[field].length).toBeGreaterThan(0);
    expect(error.formErrors).toEqual([]);
  });

  it('says "Required" for what is missing', async () => {
    const response = await system.post(CLICKS, {});
    expect(response.json()).toEqual({
      error: {
        formErrors: [],
        fieldErrors: { ad_id: ['Required'], campaign_id: ['Required'], advertiser_id: ['Required'] },
      },
    });
  });

  it.each([
    ['not JSON', '{"ad_id":', 400],
    ['an array', '[]', 400],
    ['a string', '"x"', 400],
    ['null', 'null', 400],
    ['nothing', '', 400],
    ['too large', JSON.stringify({ ...aClick(), x: 'x'.repeat(LIMITS.clickBodyBytesMax) }), 413],
    ['deep', '['.repeat(7_000) + ']'.repeat(7_000), 400],
    ['a prototype', '{"__proto__":{"ad_id":"x"},"campaign_id":"c","advertiser_id":"a"}', 400],
  ])('refuses a body that is %s', async (_name, body, status) => {
    const response = await system.post(CLICKS, body);
    expect(response.statusCode).toBe(status);
    expect(response.json().error).toBeDefined();
  });

  it('takes JSON only, and an Idempotency-Key of printable ASCII', async () => {
    const form = await system.post(CLICKS, 'ad_id=x', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(form.statusCode).toBe(415);
    for (const key of ['', 'k'.repeat(LIMITS.idempotencyKeyLengthMax + 1), 'tab\tbed']) {
      const response = await send({}, { 'idempotency-key': key });
      expect(response.statusCode).toBe(400);
      expect(Object.keys(response.json().error.fieldErrors)).toEqual(['Idempotency-Key']);
    }
  });

  it('answers an unknown route and a wrong method in the same shape', async () => {
    for (const [method, url] of [
      ['GET', '/api/v1/nothing'],
      ['PUT', CLICKS],
    ] as const) {
      const response = await system.app.inject({ method, url });
      expect(response.statusCode).toBe(404);
      expect(response.json().error.code).toBe('not_found');
    }
  });
});

describe('layer 1, the Idempotency-Key', () => {
  it('gives the first reply again, with 200, and stores one click', async () => {
    const headers = { 'idempotency-key': `key-${randomUUID()}` };
    const body = aClick();
    const first = await system.post(CLICKS, body, headers);
    const again = await system.post(CLICKS, body, headers);
    expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
    expect(again.body).toBe(first.body);
    expect(await stored(first.json<ClickReply>().click_id)).toHaveLength(1);
  });

  it('refuses another body under the same key, with 422, and keeps the first', async () => {
    const headers = { 'idempotency-key': `key-${randomUUID()}` };
    const first = await system.post(CLICKS, aClick({ ad_id: 'one' }), headers);
    const other = await system.post(CLICKS, aClick({ ad_id: 'two' }), headers);
    expect(other.statusCode).toBe(422);
    expect(other.json().error.code).toBe('key_reused');
    const again = await system.post(CLICKS, aClick({ ad_id: 'one' }), headers);
    expect(again.statusCode).toBe(200);
    expect(again.body).toBe(first.body);
  });

  it('joins requests that are in flight together: one click, one reply for all', async () => {
    const headers = { 'idempotency-key': `key-${randomUUID()}` };
    const body = aClick();
    const responses = await Promise.all(Array.from({ length: 20 }, () => system.post(CLICKS, body, headers)));
    expect(new Set(responses.map((response) => response.body)).size).toBe(1);
    expect(responses.filter((response) => response.statusCode === 202)).toHaveLength(1);
    expect(responses.filter((response) => response.statusCode === 200)).toHaveLength(19);
  });

  it('covers a batch, reply and all', async () => {
    const headers = { 'idempotency-key': `key-${randomUUID()}` };
    const body = { clicks: [aClick(), aClick(), { ad_id: 'half' }] };
    const first = await system.post(BATCH, body, headers);
    const again = await system.post(BATCH, body, headers);
    expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
    expect(again.body).toBe(first.body);
    expect(first.json<BatchReply>()).toMatchObject({ accepted: 2, duplicates: 0, rejected: 1 });
  });
});

describe('layer 2, the click_id', () => {
  it('counts the same click in different requests once', async () => {
    const click_id = randomUUID();
    const first = await send({ click_id });
    const again = await send({ click_id });
    expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
    expect(again.json()).toEqual({ success: true, click_id, is_duplicate: true, is_fraudulent: false });
    const upper = await send({ click_id: click_id.toUpperCase() });
    expect(upper.json<ClickReply>().is_duplicate).toBe(true);
    expect(await stored(click_id)).toHaveLength(1);
  });

  it('counts it once when fifty requests carry it at once', async () => {
    const click_id = randomUUID();
    const responses = await Promise.all(Array.from({ length: 50 }, () => send({ click_id })));
    expect(responses.filter((response) => response.statusCode === 202)).toHaveLength(1);
    expect(await stored(click_id)).toHaveLength(1);
  });

  it('counts it once within a batch, and tells which entry was the click', async () => {
    const click_id = randomUUID();
    const response = await system.post(BATCH, {
      clicks: [aClick({ click_id }), aClick(), aClick({ click_id })],
    });
    const reply = response.json<BatchReply>();
    expect(reply).toMatchObject({ accepted: 2, duplicates: 1, rejected: 0 });
    expect(reply.results.map((one) => one.success && one.is_duplicate)).toEqual([false, false, true]);
  });
});

describe('a batch', () => {
  it('takes the valid entries though others fail, one result an entry, in order', async () => {
    const response = await system.post(BATCH, {
      clicks: [aClick(), { ad_id: 'x' }, 'nonsense', aClick({ user_id: '' }), aClick()],
    });
    expect(response.statusCode).toBe(202);
    const reply = response.json<BatchReply>();
    expect(reply).toMatchObject({ accepted: 2, duplicates: 0, rejected: 3 });
    expect(reply.results.map((one) => one.success)).toEqual([true, false, false, false, true]);
    expect(reply.results[3]).toMatchObject({ error: { fieldErrors: { user_id: ['Must not be empty'] } } });
  });

  it.each([
    ['none', { clicks: [] }],
    ['too many', { clicks: Array.from({ length: LIMITS.batchClicksMax + 1 }, () => aClick()) }],
    ['no list', { clicks: 'x' }],
    ['no clicks', {}],
  ])('refuses %s, and names clicks', async (_name, body) => {
    const response = await system.post(BATCH, body);
    expect(response.statusCode).toBe(400);
    expect(Object.keys(response.json().error.fieldErrors)).toEqual(['clicks']);
  });

  it('takes a thousand', async () => {
    const clicks = Array.from({ length: LIMITS.batchClicksMax }, (_, i) => aClick({ user_id: `bulk-${i}` }));
    const response = await system.post(BATCH, { clicks }, fromAnywhere());
    expect(response.json<BatchReply>()).toMatchObject({ accepted: 1_000, rejected: 0 });
  });

  it('with no valid entry is 202 with nothing accepted', async () => {
    const response = await system.post(BATCH, { clicks: [{}] });
    expect(response.statusCode).toBe(202);
    expect(response.json<BatchReply>()).toMatchObject({ accepted: 0, rejected: 1 });
  });
});

describe('the price of a click', () => {
  it('is the campaign’s when the click is stored; a change counts from then on, and moves no stored click', async () => {
    const price = async () => {
      const reply = (await send({ campaign_id: 'priced' })).json<ClickReply>();
      return { id: reply.click_id, cost: (await stored(reply.click_id))[0].cost_micros };
    };
    const free = await price();
    expect(free.cost).toBe(0);
    await system.pool.query(
      "UPDATE campaigns SET cost_per_click_micros = 250000 WHERE tenant_id = 1 AND campaign_id = 'priced'",
    );
    expect((await price()).cost).toBe(250_000);
    expect((await stored(free.id))[0].cost_micros).toBe(0);
  });
});

describe('velocity rules', () => {
  it('flag the 101st click a minute from an address, and refuse nothing', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.50' };
    const clicks = Array.from({ length: 101 }, (_, i) => aClick({ user_id: `ip-user-${i}` }));
    const response = await system.post(BATCH, { clicks }, headers);
    const flags = response.json<BatchReply>().results.map((one) => one.success && one.is_fraudulent);
    expect(flags.slice(0, 100)).not.toContain(true);
    expect(flags[100]).toBe(true);
    const last = response.json<BatchReply>().results[100] as ClickReply;
    const [row] = await stored(last.click_id);
    expect(row).toMatchObject({ is_fraudulent: true, fraud_reason: 'velocity_ip', rules_not_run: '' });
    expect(JSON.parse(row.fraud_evidence)).toEqual({
      velocity_ip: { count: 101, count_max: 100, window_ms: 60_000 },
      rules_version: 0,
    });
  });

  it('flag the 51st of a user, across addresses', async () => {
    for (let i = 1; i <= 51; i++) {
      const reply = (await send({ user_id: 'busy', ad_id: `busy-ad-${i}` })).json<ClickReply>();
      expect(reply.is_fraudulent).toBe(i > 50);
      if (i === 51)
        expect((await stored(reply.click_id))[0]).toMatchObject({ fraud_reason: 'velocity_user' });
    }
  });

  it('go by the click’s own time, and do not count a repeat', async () => {
    const base = Date.now() - 3_600_000;
    const clicks = Array.from({ length: 60 }, (_, i) =>
      aClick({
        user_id: 'slow',
        timestamp: new Date(base + i * 1_500).toISOString(),
        click_id: randomUUID(),
      }),
    );
    const first = (await system.post(BATCH, { clicks }, fromAnywhere())).json<BatchReply>();
    expect(first.results.some((one) => one.success && one.is_fraudulent)).toBe(false);
    const again = (await system.post(BATCH, { clicks }, fromAnywhere())).json<BatchReply>();
    expect(again).toMatchObject({ accepted: 0, duplicates: 60 });
    const more = aClick({ user_id: 'slow', timestamp: new Date(base + 60 * 1_500).toISOString() });
    expect((await system.post(CLICKS, more, fromAnywhere())).json<ClickReply>().is_fraudulent).toBe(false);
  });
});

it('ledger and analytics agree to the click and the flag, and the stats say so', async () => {
  await system.caughtUp();
  const { rows } = await system.pool.query(
    'SELECT count(*)::int AS clicks, (count(*) FILTER (WHERE is_fraudulent))::int AS frauds FROM click_events',
  );
  const stats = await system.get<StatsReply>('/api/v1/admin/stats');
  expect(stats.ledger).toEqual({ clicks: rows[0].clicks, fraud_clicks: rows[0].frauds });
  expect(stats.analytics).toEqual(stats.ledger);
  const range = `start_time=${new Date(Date.now() - 30 * 86_400_000).toISOString()}&end_time=${new Date(Date.now() + 86_400_000).toISOString()}`;
  const reply = await system.get<AggregateReply>(`/api/v1/analytics/aggregate?${range}&granularity=total`);
  expect(reply.data[0]).toMatchObject({ clicks: rows[0].clicks, fraud_count: rows[0].frauds });
  const users = await system.pool.query('SELECT count(DISTINCT visitor_key)::int AS n FROM click_events');
  expect(Math.abs((reply.data[0]?.unique_users ?? 0) / users.rows[0].n - 1)).toBeLessThan(0.02);
});
