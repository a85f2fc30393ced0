import { randomUUID } from 'node:crypto';
import type {
  AttributionModel,
  ClickStory,
  ConversionLogReply,
  ConversionStory,
  ModelReportReply,
} from '@clickledger/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFor } from '../accounts/sign-in.js';
import { until } from '../testing/wait.js';
import { AttributionRig } from './testing/rig.js';

/** What people ask about conversions: the log, one's story, and models that share them. */
let rig: AttributionRig;
beforeAll(async () => {
  rig = await AttributionRig.start();
});
afterAll(() => rig?.close());

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - 20 * DAY_MS;
const at = (hours: number) => START_MS + hours * HOUR_MS;
const iso = (ms: number) => new Date(ms).toISOString();
const log = (query: string) => rig.system.get<ConversionLogReply>(`/api/v1/conversions?${query}`);
const idsOf = ({ data }: ConversionLogReply) => data.map(({ conversion_id }) => conversion_id);

describe('a sale after four clicks of one person', () => {
  const userId = `user-${randomUUID()}`;
  const MONTH = `start_time=${iso(at(0))}&end_time=${iso(at(200))}`;
  let clicks: string[];
  let sale: string;
  beforeAll(async () => {
    clicks = [
      ...(await rig.clicks([
        { userId, clickedAtMs: at(0), campaignId: 'one', adId: 'ad-1', country: 'DE' },
        { userId, clickedAtMs: at(24), campaignId: 'two', adId: 'ad-2', country: 'US' },
        { userId, clickedAtMs: at(48), campaignId: 'two', adId: 'ad-3', country: 'DE' },
        { userId, clickedAtMs: at(72), campaignId: 'three', adId: 'ad-4', country: 'DE' },
      ])),
      // Neither of the same advertiser, nor valid, nor before the sale, nor within the window.
      ...(await rig.clicks([
        { userId, clickedAtMs: at(50), advertiserId: 'other', campaignId: 'four' },
        { userId, clickedAtMs: at(80), campaignId: 'five' },
        { userId, clickedAtMs: at(73 - 7 * 24) - 1, campaignId: 'six' },
      ])),
      ...(await rig.clicks([{ userId, clickedAtMs: at(60), campaignId: 'seven' }], true)),
    ];
    sale = await rig.conversion({
      userId,
      orderId: `order-${userId}`,
      convertedAtMs: at(73),
      valueMicros: 100n,
      currency: 'EUR',
    });
    await rig.settled();
  });

  it('is in the log, with its click', async () => {
    const reply = await log(MONTH);
    expect(reply).toMatchObject({ next_cursor: null });
    expect(reply.data).toEqual([
      {
        conversion_id: sale,
        action: 'sale',
        converted_at: iso(at(73)),
        status: 'attributed',
        reason: null,
        value_micros: 100,
        value: '0.0001',
        currency: 'EUR',
        click_id: clicks[3],
        clicked_at: iso(at(72)),
        advertiser_id: 'adv',
        campaign_id: 'three',
        ad_id: 'ad-4',
        seconds_to_convert: 3_600,
        revision: 1,
        order_id: `order-${userId}`,
        received_at: expect.any(String),
        source: 'api',
      },
    ]);
  });

  it.each<[string, boolean]>([
    ['action=sale', true],
    ['action=lead', false],
    ['status=attributed', true],
    ['status=waiting', false],
    ['campaign_id=three', true],
    ['campaign_id=two', false],
    ['reason=click_flagged', false],
    [`order_id=order-${userId}`, true],
    ['order_id=none', false],
    ['advertiser_id=adv&ad_id=ad-4', true],
  ])('is found by %s: %s', async (filter, isFound) => {
    expect(idsOf(await log(`${MONTH}&${filter}`))).toEqual(isFound ? [sale] : []);
  });

  it('has a story: its states, the clicks that led to it, and what each model gives them', async () => {
    const story = await rig.system.get<ConversionStory>(`/api/v1/conversions/${sale}`);
    expect(story.conversion).toMatchObject({
      status: 'attributed',
      given_user_id: userId,
      click_id: clicks[3],
    });
    expect(story.revisions.map(({ cause, status }) => [cause, status])).toEqual([
      ['received', 'waiting'],
      ['matched', 'attributed'],
    ]);
    expect(story.path?.map(({ click_id, is_fraudulent }) => [click_id, is_fraudulent])).toEqual([
      [clicks[0], false],
      [clicks[1], false],
      [clicks[2], false],
      [clicks[7], true],
      [clicks[3], false],
    ]);
    const parts = (model: AttributionModel) =>
      story.path?.map(({ shares }) => shares.find((share) => share.model === model)?.value_micros);
    expect(parts('first_click')).toEqual([100, 0, 0, undefined, 0]);
    expect(parts('last_click')).toEqual([0, 0, 0, undefined, 100]);
    expect(parts('linear')).toEqual([25, 25, 25, undefined, 25]);
    expect(parts('position_based')).toEqual([40, 10, 10, undefined, 40]);
  });

  it.each<[AttributionModel, string, Record<string, string>]>([
    ['last_click', 'campaign_id', { three: '1' }],
    ['first_click', 'campaign_id', { one: '1' }],
    ['linear', 'campaign_id', { two: '0.5', one: '0.25', three: '0.25' }],
    ['position_based', 'campaign_id', { one: '0.4', three: '0.4', two: '0.2' }],
    ['linear', 'country', { DE: '0.75', US: '0.25' }],
  ])('is shared by %s among each %s', async (model, dimension, shares) => {
    const reply = await rig.system.get<ModelReportReply>(
      `/api/v1/analytics/attribution?${MONTH}&model=${model}&group_by=${dimension}`,
    );
    expect(Object.fromEntries(reply.data.map(({ group, conversions }) => [group, conversions]))).toEqual(
      shares,
    );
    expect(reply.total).toEqual({
      conversions_micros: 1_000_000,
      conversions: '1',
      conversion_values: [{ value_micros: 100, value: '0.0001', currency: 'EUR' }],
    });
  });

  it('is named in the story of its click, and of the last click of all', async () => {
    const story = await rig.system.get<ClickStory>(`/api/v1/clicks/${clicks[3]}`);
    expect(story.conversions).toEqual([
      {
        conversion_id: sale,
        action: 'sale',
        converted_at: iso(at(73)),
        status: 'attributed',
        value_micros: 100,
        value: '0.0001',
        currency: 'EUR',
        is_attributed: true,
      },
    ]);
    expect((await rig.system.get<ClickStory>(`/api/v1/clicks/${clicks[1]}`)).conversions).toEqual([]);
  });

  it('says why it has no click, and which one it would have if flagged clicks counted', async () => {
    const flagged = await rig.click({ clickedAtMs: at(100), campaignId: 'bots' }, true);
    const id = await rig.conversion({ clickId: flagged, convertedAtMs: at(101) });
    await rig.settled();
    const none = await log(`${MONTH}&reason=click_flagged`);
    expect(none.data).toMatchObject([
      {
        conversion_id: id,
        status: 'unattributed',
        reason: 'click_flagged',
        click_id: null,
        campaign_id: null,
      },
    ]);
    const all = await log(`${MONTH}&attribution=all_clicks&campaign_id=bots`);
    expect(all.data).toMatchObject([
      { conversion_id: id, status: 'attributed', reason: null, click_id: flagged },
    ]);
    const story = await rig.system.get<ConversionStory>(`/api/v1/conversions/${id}`);
    expect(story.conversion).toMatchObject({ reason: 'click_flagged', click_id: null });
    expect(story.path).toMatchObject([
      { click_id: flagged, is_fraudulent: true, is_attributed: false, shares: [] },
    ]);
    const { conversions } = await rig.system.get<ClickStory>(`/api/v1/clicks/${flagged}`);
    expect(conversions).toMatchObject([{ conversion_id: id, is_attributed: false }]);
  });
});

it('pages through the log without repeating or missing any, also those of one moment', async () => {
  const convertedAtMs = at(300);
  const ids = await rig.convert(
    Array.from({ length: 11 }, (_, i) => ({ userId: `nobody-${i}`, convertedAtMs: convertedAtMs + (i % 3) })),
  );
  await rig.settled();
  const range = `start_time=${iso(at(299))}&end_time=${iso(at(301))}`;
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: ConversionLogReply = await log(`${range}&limit=4${cursor && `&cursor=${cursor}`}`);
    seen.push(...idsOf(page));
    cursor = page.next_cursor;
  }
  expect(seen).toHaveLength(11);
  expect([...seen].sort()).toEqual([...ids].sort());
  expect((await rig.system.app.inject({ url: '/api/v1/conversions?cursor=nonsense' })).statusCode).toBe(400);
  expect((await rig.system.app.inject({ url: `/api/v1/conversions/${randomUUID()}` })).statusCode).toBe(404);
});

it('a report shares every conversion exactly, whatever the paths, in each currency by itself', async () => {
  const users = Array.from({ length: 6 }, (_, i) => `many-${i}-${randomUUID()}`);
  const times = fc.sample(fc.integer({ min: 0, max: 160 }), { numRuns: 60, seed: 7 });
  await rig.clicks(
    times.map((hours, i) => ({
      userId: users[i % users.length] as string,
      clickedAtMs: at(hours) + i,
      campaignId: `share-${i % 4}`,
    })),
  );
  const values = fc.sample(fc.bigInt({ min: 0n, max: 10n ** 13n }), { numRuns: 12, seed: 7 });
  await rig.convert(
    values.map((valueMicros, i) => ({
      userId: users[i % users.length] as string,
      convertedAtMs: at(161),
      action: 'exact',
      valueMicros,
      currency: i % 2 ? 'EUR' : 'JPY',
    })),
  );
  await rig.settled();
  const sum = (currency: number) =>
    String(values.filter((_, i) => i % 2 === currency).reduce((a, b) => a + b, 0n));
  const micros = (decimal: string) => {
    const [units = '', fraction = ''] = decimal.split('.');
    return BigInt(units + fraction.padEnd(6, '0'));
  };
  for (const model of ['first_click', 'linear', 'position_based', 'time_decay'] as const) {
    const reply = await rig.system.get<ModelReportReply>(
      `/api/v1/analytics/attribution?start_time=${iso(at(160))}&end_time=${iso(at(162))}&model=${model}&action=exact&half_life_days=2`,
    );
    expect(reply.total.conversions).toBe('12');
    expect(reply.data.reduce((acc, row) => acc + row.conversions_micros, 0)).toBe(12_000_000);
    for (const [currency, index] of [
      ['EUR', 1],
      ['JPY', 0],
    ] as const) {
      const parts = reply.data.flatMap(({ conversion_values }) =>
        conversion_values.filter((value) => value.currency === currency).map(({ value }) => micros(value)),
      );
      expect(String(parts.reduce((a, b) => a + b, 0n))).toBe(sum(index));
    }
  }
});

it('an advertiser sees its own conversions alone, and nothing of flagged clicks', async () => {
  const range = `start_time=${iso(at(400))}&end_time=${iso(at(402))}`;
  const clickId = await rig.click({ clickedAtMs: at(400), advertiserId: 'acme' });
  const sale = await rig.conversion({ clickId, convertedAtMs: at(401) });
  await rig.settled();
  // Only now: with a member, nothing is open any more.
  const of = async (advertiser: string, path: string) => {
    const { rows } = await rig.pool.query<{ member_id: number }>(
      `INSERT INTO members (tenant_id, email, role, advertiser_ids) VALUES (1, $1, 'advertiser', $2) RETURNING member_id`,
      [`${randomUUID()}@shop.example`, [advertiser]],
    );
    const { token } = await openFor(rig.pool, rows[0]?.member_id ?? 0);
    return rig.system.app.inject({ url: path, headers: { cookie: `clickledger_session=${token}` } });
  };
  await of('acme', '/api/v1/conversions');
  await until(
    () => rig.system.app.inject({ url: '/api/v1/conversions' }),
    ({ statusCode }) => statusCode === 401,
  );
  const theirs = await of('acme', `/api/v1/conversions?${range}`);
  expect(theirs.statusCode).toBe(200);
  expect(idsOf(theirs.json())).toEqual([sale]);
  expect(theirs.json()).not.toHaveProperty('query_time_ms');
  expect(idsOf((await of('other', `/api/v1/conversions?${range}`)).json())).toEqual([]);
  expect(idsOf((await of('other', `/api/v1/conversions?${range}&advertiser_id=acme`)).json())).toEqual([]);
  const report = `/api/v1/analytics/attribution?${range}&model=linear&group_by=advertiser_id`;
  expect((await of('acme', report)).json().data).toMatchObject([{ group: 'acme', conversions: '1' }]);
  expect((await of('other', report)).json().data).toEqual([]);
  expect((await of('other', `${report}&advertiser_id=acme`)).json().data).toEqual([]);
  expect((await of('acme', '/api/v1/conversions?attribution=all_clicks')).statusCode).toBe(403);
  expect((await of('acme', `/api/v1/conversions/${sale}`)).statusCode).toBe(403);
});
