import { randomUUID } from 'node:crypto';
import { type ConversionBatchReply, type ConversionReply, LIMITS } from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../../testing/system.js';

const URL = '/api/v1/conversions';
const DAY_MS = 86_400_000;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

let serial = 0;
const aSale = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  action: 'sale',
  click_id: randomUUID(),
  order_id: `order-${serial++}`,
  value: '19.99',
  currency: 'EUR',
  ...fields,
});
const stored = async (conversionId: string) => {
  const { rows } = await system.pool.query(
    `SELECT action, order_id, click_id, user_id, value_micros::text AS micros, currency, source, made_by
     FROM conversions WHERE conversion_id = $1`,
    [conversionId],
  );
  return rows;
};
const count = async (where = 'true', values: unknown[] = []) => {
  const { rows } = await system.pool.query(
    `SELECT count(*)::integer AS n FROM conversions WHERE ${where}`,
    values,
  );
  return rows[0].n as number;
};

describe('POST /conversions', () => {
  it('takes a conversion, and keeps its value exactly', async () => {
    const sale = aSale({ value: 19.99, user_id: 'user-1' });
    const reply = await system.post(URL, sale);
    expect(reply.statusCode).toBe(202);
    const { conversion_id: id, is_duplicate } = reply.json() as ConversionReply;
    expect(is_duplicate).toBe(false);
    expect(await stored(id)).toEqual([
      {
        action: 'sale',
        order_id: sale.order_id,
        click_id: sale.click_id,
        user_id: 'user-1',
        micros: '19990000',
        currency: 'EUR',
        source: 'api',
        made_by: 'protected mode',
      },
    ]);
  });

  it('answers the same order again with 200 and the first ID, and counts it nowhere', async () => {
    const sale = aSale();
    const first = (await system.post(URL, sale)).json() as ConversionReply;
    const again = await system.post(URL, { ...sale, click_id: randomUUID(), value: '5' });
    expect(again.statusCode).toBe(200);
    expect(again.json()).toEqual({ ...first, is_duplicate: true });
    expect(await count('order_id = $1', [sale.order_id])).toBe(1);
    // The same order is another conversion of another action.
    expect((await system.post(URL, { ...sale, action: 'upsell' })).statusCode).toBe(202);
  });

  it('answers the same conversion_id again with 200, with and without an order', async () => {
    const sale = aSale({ order_id: undefined, conversion_id: randomUUID() });
    expect((await system.post(URL, sale)).statusCode).toBe(202);
    const again = await system.post(URL, sale);
    expect([again.statusCode, again.json()]).toEqual([
      200,
      { success: true, conversion_id: sale.conversion_id, is_duplicate: true },
    ]);
    const other = await system.post(URL, { ...sale, order_id: `other-${serial++}` });
    expect(other.json()).toMatchObject({ is_duplicate: true });
    expect(await count('conversion_id = $1', [sale.conversion_id])).toBe(1);
  });

  it('stores one of many that come at once with the same order', async () => {
    const sale = aSale();
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => system.post(URL, { ...sale, click_id: randomUUID() })),
    );
    expect(replies.filter(({ statusCode }) => statusCode === 202)).toHaveLength(1);
    expect(new Set(replies.map((reply) => reply.json().conversion_id)).size).toBe(1);
    expect(await count('order_id = $1', [sale.order_id])).toBe(1);
  });

  it.each([
    [{ value: '1e3' }, 'value', 'invalid_value'],
    [{ value: '0.0000001' }, 'value', 'value_too_precise'],
    [{ currency: undefined }, 'currency', 'currency_required'],
    [{ currency: 'ABC' }, 'currency', 'invalid_currency'],
    [{ click_id: undefined }, 'click_id', 'click_or_user_required'],
    [{ click_id: 'x' }, 'click_id', 'invalid_click_id'],
    [
      { timestamp: new Date(Date.now() + LIMITS.clockSkewMsMax + 60_000).toISOString() },
      'timestamp',
      'timestamp_in_future',
    ],
    [
      { timestamp: new Date(Date.now() - 31 * DAY_MS).toISOString() },
      'timestamp',
      'timestamp_outside_window',
    ],
  ])('refuses %j by its field, with a code', async (fields, field, code) => {
    const before = await count();
    const reply = await system.post(URL, aSale(fields));
    expect(reply.statusCode).toBe(400);
    const { error } = reply.json();
    expect(error.code).toBe(code);
    expect(Object.keys(error.fieldErrors)).toEqual([field]);
    expect(await count()).toBe(before);
  });

  it('takes what an action gives: its window, its default value and currency', async () => {
    const put = await system.app.inject({
      method: 'PUT',
      url: '/api/v1/conversion-actions/lead',
      payload: { click_window_days: 60, default_value: '7.5', default_currency: 'CHF' },
    });
    expect(put.statusCode).toBe(200);
    const old = await system.post(URL, {
      action: 'lead',
      user_id: 'user-2',
      timestamp: new Date(Date.now() - 59 * DAY_MS).toISOString(),
    });
    expect(old.statusCode).toBe(202);
    expect(await stored(old.json().conversion_id)).toMatchObject([{ micros: '7500000', currency: 'CHF' }]);
    const valued = await system.post(URL, { action: 'lead', user_id: 'user-2', value: 1 });
    expect(await stored(valued.json().conversion_id)).toMatchObject([{ micros: '1000000', currency: 'CHF' }]);
    await system.app.inject({
      method: 'PATCH',
      url: '/api/v1/conversion-actions/lead',
      payload: { status: 'paused' },
    });
    const paused = await system.post(URL, { action: 'lead', user_id: 'user-2' });
    expect([paused.statusCode, paused.json().error.code]).toEqual([400, 'action_paused']);
  });

  it('takes JSON as text/plain, as sendBeacon sends it', async () => {
    const reply = await system.post(URL, aSale(), { 'content-type': 'text/plain;charset=UTF-8' });
    expect(reply.statusCode).toBe(202);
  });

  it('counts no prefetch', async () => {
    const before = await count();
    expect((await system.post(URL, aSale(), { 'sec-purpose': 'prefetch' })).statusCode).toBe(204);
    expect(await count()).toBe(before);
  });

  it('has its limit of the body', async () => {
    const sale = JSON.stringify(aSale());
    const filled = (bytes: number) => sale.padEnd(bytes, ' ');
    expect((await system.post(URL, filled(LIMITS.conversionBodyBytesMax))).statusCode).toBe(202);
    expect((await system.post(URL, filled(LIMITS.conversionBodyBytesMax + 1))).statusCode).toBe(413);
  });
});

describe('an Idempotency-Key', () => {
  it('gives the first reply again, and 422 to another body or another route', async () => {
    const headers = { 'idempotency-key': 'key-1' };
    const sale = aSale({ order_id: undefined });
    const first = await system.post(URL, sale, headers);
    const again = await system.post(URL, sale, headers);
    expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
    expect(again.body).toBe(first.body);
    const other = await system.post(URL, aSale(), headers);
    expect([other.statusCode, other.json().error.code]).toEqual([422, 'key_reused']);
    const click = { ad_id: 'ad-1', campaign_id: 'camp-1', advertiser_id: 'adv-1' };
    expect((await system.post('/api/v1/clicks', click, headers)).statusCode).toBe(422);
    expect(await count('click_id = $1', [sale.click_id])).toBe(1);
  });

  it('makes one of requests that come at once', async () => {
    const headers = { 'idempotency-key': 'key-2' };
    const sale = aSale({ order_id: undefined });
    const replies = await Promise.all(Array.from({ length: 10 }, () => system.post(URL, sale, headers)));
    expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
    expect(await count('click_id = $1', [sale.click_id])).toBe(1);
  });

  it('is free again after a conversion that was refused', async () => {
    const headers = { 'idempotency-key': 'key-3' };
    expect((await system.post(URL, aSale({ currency: undefined }), headers)).statusCode).toBe(400);
    expect((await system.post(URL, aSale(), headers)).statusCode).toBe(202);
  });

  it('derives IDs, so that the ledger knows a retry that the guard has forgotten', async () => {
    const sale = aSale({ order_id: undefined });
    const first = await system.post(URL, sale, { 'idempotency-key': 'key-4' });
    const { conversion_id } = first.json();
    expect(conversion_id).toMatch(/^[0-9a-f-]{14}8/);
    const again = await system.post(URL, { ...sale, conversion_id });
    expect(again.json()).toMatchObject({ is_duplicate: true });
  });
});

describe('POST /conversions/batch', () => {
  const BATCH = `${URL}/batch`;

  it('gives one result an entry, in order, and a wrong one fails no other', async () => {
    const sale = aSale();
    const reply = await system.post(BATCH, {
      conversions: [sale, aSale({ value: 'x' }), sale, 7, aSale({ currency: undefined }), aSale()],
    });
    expect(reply.statusCode).toBe(202);
    const { results, ...counts } = reply.json() as ConversionBatchReply;
    expect(counts).toEqual({ accepted: 2, duplicates: 1, rejected: 3 });
    expect(results.map((result) => (result.success ? result.is_duplicate : result.error.code))).toEqual([
      false,
      'invalid_value',
      true,
      'invalid_body',
      'currency_required',
      false,
    ]);
    expect((await system.post(BATCH, { conversions: [sale] })).statusCode).toBe(200);
  });

  it('takes 1,000 and no more', async () => {
    const of = (length: number) => ({ conversions: Array.from({ length }, () => aSale()) });
    const most = await system.post(BATCH, of(LIMITS.batchConversionsMax));
    expect([most.statusCode, most.json().accepted]).toEqual([202, LIMITS.batchConversionsMax]);
    const more = await system.post(BATCH, of(LIMITS.batchConversionsMax + 1));
    expect([more.statusCode, more.json().error.code]).toEqual([400, 'invalid_conversions']);
    expect((await system.post(BATCH, { conversions: [] })).statusCode).toBe(400);
    expect((await system.post(BATCH, {})).json().error.code).toBe('conversions_required');
  });
});

describe('conversion actions', () => {
  const inject = (method: 'PUT' | 'PATCH' | 'GET', path: string, payload?: object) =>
    system.app.inject({ method, url: `/api/v1/conversion-actions${path}`, ...(payload ? { payload } : {}) });

  it('are registered by their first conversion, set up, changed, and every change is kept', async () => {
    await system.post(URL, aSale({ action: 'Trial' }));
    expect((await inject('GET', '/trial')).json()).toMatchObject({
      action: 'trial',
      name: null,
      status: 'active',
      click_window_days: 30,
      user_window_days: 7,
      counting: 'every',
      default_value: null,
      default_currency: null,
    });
    const changed = await inject('PATCH', '/trial', { default_value: '12.5', default_currency: 'usd' });
    expect(changed.json()).toMatchObject({
      default_value: '12.5',
      default_value_micros: 12_500_000,
      default_currency: 'USD',
    });
    const changes = (await inject('GET', '/trial/changes')).json().data;
    expect(changes).toMatchObject([
      { field: 'default_value_micros', old_value: null, new_value: '12500000', changed_by: 'protected mode' },
      { field: 'default_currency', old_value: null, new_value: 'USD' },
    ]);
    const list = (await inject('GET', '')).json();
    expect(list.data.map(({ action }: { action: string }) => action)).toContain('trial');
    expect(list.next_after).toBeNull();
    const page = (await inject('GET', '?limit=1')).json();
    expect([page.data.length, page.next_after]).toEqual([1, page.data[0].action]);
  });

  it('are wrong with a value and no currency, a window of 91 days, or nothing to change', async () => {
    const wrong = await inject('PUT', '/wrong', { default_value: '1' });
    expect([wrong.statusCode, wrong.json().error.fieldErrors]).toEqual([
      400,
      { default_currency: ['Required with a default_value'] },
    ]);
    expect((await inject('GET', '/wrong')).statusCode).toBe(404);
    expect((await inject('PUT', '/wrong', { click_window_days: 91 })).statusCode).toBe(400);
    expect((await inject('PUT', '/right', { click_window_days: 90 })).statusCode).toBe(200);
    expect((await inject('PATCH', '/right', {})).statusCode).toBe(400);
    expect((await inject('PATCH', '/none', { name: 'x' })).statusCode).toBe(404);
  });

  it('are 1,000 of a tenant and no more, set up or brought', async () => {
    await system.pool.query(
      `INSERT INTO conversion_actions (tenant_id, action) SELECT 1, 'many-' || i FROM generate_series(1, $1) AS i
       WHERE i <= $1 - (SELECT count(*) FROM conversion_actions WHERE tenant_id = 1)`,
      [LIMITS.conversionActionsMax],
    );
    expect((await inject('PUT', '/many-1', { name: 'One' })).statusCode).toBe(200);
    const put = await inject('PUT', '/one-too-many', {});
    expect([put.statusCode, put.json().error.code]).toEqual([422, 'too_many_actions']);
    const brought = await system.post(URL, aSale({ action: 'one-too-many' }));
    expect([brought.statusCode, brought.json().error.code]).toEqual([400, 'too_many_actions']);
    expect((await system.post(URL, aSale())).statusCode).toBe(202);
  });
});
