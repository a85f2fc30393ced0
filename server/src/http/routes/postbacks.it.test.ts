import { createHmac, randomUUID } from 'node:crypto';
import { LIMITS, type MadePostbackSecret, type PostbacksReply } from '@clickledger/contract';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../../accounts/api-keys.js';
import type { Scope } from '../../accounts/caller.js';
import { PIXEL } from '../../lib/pixel.js';
import { hashToken, newApiKey } from '../../lib/tokens.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';
import { until } from '../../testing/wait.js';

const SECRETS = '/api/v1/postback-secrets';
const PAGE = 'https://shop.example';

let system: TestSystem;
let secret: MadePostbackSecret;
beforeAll(async () => {
  system = await startTestSystem();
  secret = (await system.post(SECRETS, {})).json();
});
afterAll(() => system?.close());

let serial = 0;
const get = (query: Record<string, string>, headers: Record<string, string> = {}, path = '/postback') =>
  system.app.inject({ url: `${path}?${new URLSearchParams(query)}`, headers });
const postback = (query: Record<string, string>, headers = {}) =>
  get({ secret: secret.secret, ...query }, headers);
const aSale = () => ({
  cid: randomUUID(),
  et: 'sale',
  txid: `tx-${serial++}`,
  payout: '4.20',
  currency: 'EUR',
});
const ofClick = async (cid: string) =>
  (
    await system.pool.query(
      `SELECT c.conversion_id AS id, c.action, c.order_id, c.value_micros::text AS micros, c.source, s.status
       FROM conversions c JOIN conversion_states s USING (tenant_id, conversion_id) WHERE c.click_id = $1 ORDER BY c.action`,
      [cid],
    )
  ).rows;
/** The log once it has an entry whose query has this in it. */
const logged = async (text: string) => {
  const { data } = await until(
    () => system.get<PostbacksReply>('/api/v1/postbacks?limit=500'),
    (reply) => reply.data.some(({ query }) => query.includes(text)),
  );
  return data.filter(({ query }) => query.includes(text));
};

describe('a postback', () => {
  it('is a conversion, its repeat none, and the log says what became of both', async () => {
    const sale = aSale();
    const first = await postback(sale);
    expect([first.statusCode, first.body]).toEqual([200, 'OK']);
    expect(first.headers['content-type']).toContain('text/plain');
    const again = await postback(sale);
    expect([again.statusCode, again.body]).toEqual([200, 'DUPLICATE']);
    const [stored, ...others] = await ofClick(sale.cid);
    expect(others).toEqual([]);
    expect(stored).toMatchObject({
      action: 'sale',
      micros: '4200000',
      source: 'postback',
      status: expect.any(String),
    });
    await logged(sale.cid);
    const entries = await until(
      () => logged(sale.cid),
      ({ length }) => length === 2,
    );
    expect(entries).toMatchObject([
      { outcome: 'duplicate', code: null, conversion_id: stored.id, method: 'GET' },
      { outcome: 'accepted', code: null, conversion_id: stored.id },
    ]);
    expect(entries[0]?.query).toContain('secret=***');
    expect(JSON.stringify(entries)).not.toContain(secret.secret);
  });

  it('without an order is one of its click and action, however often it is sent', async () => {
    const { cid } = aSale();
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => postback({ subid: cid, status: 'lead' })),
    );
    expect(replies.map(({ body }) => body).sort()).toEqual([...Array(4).fill('DUPLICATE'), 'OK']);
    expect((await postback({ subid: cid, status: 'sale' })).body).toBe('OK');
    expect(await ofClick(cid)).toMatchObject([{ action: 'lead' }, { action: 'sale' }]);
    const nobody = await postback({ uid: 'user-1', et: 'lead' });
    expect([nobody.statusCode, nobody.json().error.code]).toEqual([400, 'order_id_required']);
  });

  it('may be a POST, of a form or of JSON', async () => {
    const [form, json] = [aSale(), aSale()];
    const send = (type: string, payload: string) =>
      system.app.inject({
        method: 'POST',
        url: `/postback?secret=${secret.secret}`,
        headers: { 'content-type': type },
        payload,
      });
    expect((await send('application/x-www-form-urlencoded', String(new URLSearchParams(form)))).body).toBe(
      'OK',
    );
    expect((await send('application/json', JSON.stringify(json))).body).toBe('OK');
    expect(await ofClick(form.cid)).toMatchObject([{ order_id: form.txid }]);
    expect(await ofClick(json.cid)).toMatchObject([{ order_id: json.txid }]);
    const body = (length: number) => `cid=${aSale().cid}&x=`.padEnd(length, 'x');
    const type = 'application/x-www-form-urlencoded';
    expect((await send(type, body(LIMITS.postbackBodyBytesMax))).statusCode).toBe(200);
    expect((await send(type, body(LIMITS.postbackBodyBytesMax + 1))).statusCode).toBe(413);
  });

  it('that is wrong is refused with its field, and the log says why', async () => {
    const reply = await postback({ cid: '{clickid}', txid: `tx-${serial++}`, uid: 'ann' });
    expect([reply.statusCode, reply.json().error]).toMatchObject([400, { code: 'invalid_click_id' }]);
    const [entry] = await logged('clickid');
    expect(entry).toMatchObject({
      outcome: 'refused',
      code: 'invalid_click_id',
      message: 'click_id: Expected a UUID',
      conversion_id: null,
    });
    expect(entry?.query).not.toContain('ann');
    expect((await postback({ ...aSale(), currency: '' })).json().error.code).toBe('currency_required');
  });

  it('of a rejected order or click retracts it', async () => {
    const [ordered, clicked] = [aSale(), aSale().cid];
    await postback(ordered);
    await postback({ cid: clicked, et: 'lead' });
    expect((await postback({ txid: ordered.txid, cid: ordered.cid, status: 'Rejected' })).body).toBe('OK');
    expect((await postback({ subid: clicked, status: 'trash' })).body).toBe('OK');
    expect((await postback({ subid: clicked, status: 'trash' })).body).toBe('OK');
    for (const cid of [ordered.cid, clicked])
      expect(await ofClick(cid)).toMatchObject([{ status: 'retracted' }]);
    expect((await postback({ txid: 'nobody', cid: randomUUID(), et: 'refund' })).json().error.code).toBe(
      'unknown_conversion',
    );
  });

  it('counts nothing by HEAD or prefetch', async () => {
    const sale = aSale();
    const url = `/postback?${new URLSearchParams({ secret: secret.secret, ...sale })}`;
    expect((await system.app.inject({ method: 'HEAD', url })).statusCode).toBe(200);
    expect((await postback(sale, { 'sec-purpose': 'prefetch;prerender' })).statusCode).toBe(200);
    expect(await ofClick(sale.cid)).toEqual([]);
  });

  it('with mode=test goes to test data', async () => {
    const sale = aSale();
    expect((await postback({ ...sale, mode: 'test' })).body).toBe('OK');
    expect(await ofClick(sale.cid)).toMatchObject([{ source: 'test' }]);
    const { rows } = await system.pool.query(
      'SELECT test_of FROM conversions JOIN tenants USING (tenant_id) WHERE click_id = $1',
      [sale.cid],
    );
    expect(rows).toEqual([{ test_of: 1 }]);
  });
});

describe('a signature', () => {
  const signed = (query: string, key = secret.secret) =>
    system.app.inject(`/postback?${query}&sig=${createHmac('sha256', key).update(query).digest('hex')}`);
  const of = (sale: object, expSeconds: number) =>
    `${new URLSearchParams({ ...sale, kid: String(secret.secret_id), exp: String(Math.floor(expSeconds)) })}`;
  const soon = () => Date.now() / 1_000 + 60;

  it('stands for the secret until it expires', async () => {
    const sale = aSale();
    expect((await signed(of(sale, soon()))).body).toBe('OK');
    expect((await signed(of(sale, soon()))).body).toBe('DUPLICATE');
    expect((await signed(of(aSale(), Date.now() / 1_000 - 1))).statusCode).toBe(401);
  });

  it('holds for what was signed alone', async () => {
    const query = of(aSale(), soon());
    expect((await signed(query, 'another')).statusCode).toBe(401);
    const sig = createHmac('sha256', secret.secret).update(query).digest('hex');
    expect((await system.app.inject(`/postback?${query}0&sig=${sig}`)).statusCode).toBe(401);
    expect((await system.app.inject(`/postback?${query}&sig=${sig}&payout=9`)).statusCode).toBe(401);
    expect((await system.app.inject(`/postback?${query}&sig=`)).statusCode).toBe(401);
    expect((await system.app.inject(`/postback?sig=${sig}`)).statusCode).toBe(401);
  });
});

describe('wrong secrets', () => {
  it('are refused without saying more, and after some from one address with 429; right ones are taken all the same', async () => {
    const wrong = await get({ secret: 'x', ...aSale() });
    expect(wrong.json()).toEqual({
      error: { code: 'invalid_secret', message: 'There is no such secret in force.' },
    });
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await get({ ...aSale() })).statusCode);
    expect(statuses.at(-1)).toBe(429);
    expect((await postback(aSale())).body).toBe('OK');
  });
});

describe('postback secrets', () => {
  it('are told once, stored as hashes, rotated with an overlap, and two are in force at most', async () => {
    const rotated: MadePostbackSecret = (await system.post(SECRETS, { overlap_seconds: 3_600 })).json();
    expect(rotated.secret).toMatch(/^clk_postback_[0-9A-Za-z]{43}$/);
    for (const one of [secret.secret, rotated.secret])
      expect((await get({ secret: one, ...aSale() })).body).toBe('OK');
    const third = await system.post(SECRETS, {});
    expect([third.statusCode, third.json().error.code]).toEqual([409, 'two_secrets_in_force']);
    const list = (await system.app.inject(SECRETS)).body;
    expect(list).not.toContain(rotated.secret);
    expect(JSON.parse(list).data).toMatchObject([
      { hint: rotated.hint, is_in_force: true, expires_at: null },
      { hint: secret.hint, is_in_force: true, expires_at: expect.any(String) },
    ]);
    const { rows } = await system.pool.query('SELECT p::text AS text FROM postback_secrets p');
    expect(rows.map(({ text }) => text).join()).not.toContain(rotated.secret);

    const revoke = (id: number) => system.app.inject({ method: 'DELETE', url: `${SECRETS}/${id}` });
    expect((await revoke(secret.secret_id)).statusCode).toBe(204);
    expect((await revoke(secret.secret_id)).statusCode).toBe(404);
    expect((await get({ secret: secret.secret, ...aSale() })).statusCode).toBeGreaterThanOrEqual(401);
    secret = rotated;
    expect((await postback(aSale())).body).toBe('OK');
    const audit = await system.get<{ data: unknown[] }>('/api/v1/admin/audit?kind=postback_secret');
    expect(audit.data).toMatchObject([
      { action: 'postback_secret.revoke' },
      { action: 'postback_secret.create' },
      {},
    ]);
    expect(JSON.stringify(audit)).not.toContain(rotated.secret);
  });
});

describe('the log', () => {
  it('keeps the newest entries of a tenant, and is read page by page', async () => {
    await system.pool.query('UPDATE postback_counts SET last_id = $1 WHERE tenant_id = 1', [
      LIMITS.postbacksKeptMax + 1,
    ]);
    await system.pool.query(
      `INSERT INTO postback_log (tenant_id, postback_id, received_at, method, query, outcome)
       SELECT 1, i, now(), 'GET', '', 'accepted' FROM generate_series(1, $1) AS i ON CONFLICT DO NOTHING`,
      [LIMITS.postbacksKeptMax + 1],
    );
    const sale = aSale();
    await postback(sale);
    await logged(sale.cid);
    const { rows } = await system.pool.query(
      `SELECT (max(postback_id) - min(postback_id) + 1)::integer AS span, count(*)::integer AS n FROM postback_log WHERE tenant_id = 1`,
    );
    expect(rows).toEqual([{ span: LIMITS.postbacksKeptMax, n: LIMITS.postbacksKeptMax }]);
    const page = await system.get<PostbacksReply>('/api/v1/postbacks?limit=2');
    expect(page.data).toHaveLength(2);
    const next = await system.get<PostbacksReply>(`/api/v1/postbacks?limit=2&before=${page.next_before}`);
    expect(next.data[0]?.postback_id).toBe((page.data[1]?.postback_id ?? 0) - 1);
    expect(
      (await system.get<PostbacksReply>('/api/v1/postbacks?outcome=retracted')).data.every(
        ({ outcome }) => outcome === 'retracted',
      ),
    ).toBe(true);
  });
});

// Last: a key ends protected mode.
describe('the pixel', () => {
  const makeKey = async (scopes: Scope[], origins: string[], isTest = false) => {
    const { key, hint } = newApiKey(scopes, isTest);
    const details = {
      name: 'page',
      scopes,
      origins,
      requests_per_second: null,
      expires_at: null,
      createdBy: 'test',
    };
    await addKey(system.pool as unknown as pg.PoolClient, 1, details, { hash: hashToken(key), hint });
    await system.services.access.refresh();
    return key;
  };
  const pixel = (query: Record<string, string>, headers: Record<string, string>) =>
    get(query, headers, '/cv.gif');
  const fromPage = { referer: `${PAGE}/thanks?order=1`, 'sec-fetch-site': 'cross-site' };

  it('is a picture of 43 bytes that nobody keeps, and a conversion, once however often the page is loaded', async () => {
    const key = await makeKey(['ingest'], [PAGE]);
    const { cid } = aSale();
    for (let i = 0; i < 3; i++) {
      const reply = await pixel({ key, cid, et: 'signup' }, fromPage);
      expect([reply.statusCode, reply.headers['x-error-code']]).toEqual([200, undefined]);
      expect(reply.rawPayload).toEqual(PIXEL);
      expect(reply.headers).toMatchObject({
        'content-type': 'image/gif',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'cross-origin',
      });
    }
    expect(PIXEL).toHaveLength(43);
    expect(await ofClick(cid)).toMatchObject([{ action: 'signup', source: 'pixel' }]);
  });

  it('takes a key for pages from its own pages alone', async () => {
    const [page, admin] = [await makeKey(['ingest'], [PAGE]), await makeKey(['ingest', 'admin'], ['*'])];
    const { cid } = aSale();
    const refused = async (query: Record<string, string>, headers: Record<string, string>) => {
      const { statusCode, headers: sent, rawPayload } = await pixel({ cid, ...query }, headers);
      expect(rawPayload).toEqual(PIXEL);
      return [statusCode, sent['x-error-code']];
    };
    expect(await refused({ key: page }, { referer: 'https://other.example/' })).toEqual([
      403,
      'origin_not_allowed',
    ]);
    expect(await refused({ key: page }, { 'sec-fetch-site': 'cross-site' })).toEqual([
      403,
      'origin_not_allowed',
    ]);
    expect(await refused({ key: admin }, fromPage)).toEqual([403, 'not_for_pages']);
    expect(await refused({ key: 'none' }, fromPage)).toEqual([401, 'invalid_key']);
    expect(await refused({}, {})).toEqual([401, 'unauthenticated']);
    expect(await refused({ key: page, payout: 'x' }, fromPage)).toEqual([400, 'invalid_value']);
    expect(await ofClick(cid)).toEqual([]);
    // A server that sends it names no page.
    expect((await pixel({ key: page, cid }, {})).statusCode).toBe(200);
  });

  it('is not the only way: a beacon of the page has the key in its query, on the routes of conversions alone', async () => {
    const [page, admin] = [await makeKey(['ingest'], [PAGE]), await makeKey(['ingest', 'admin'], [PAGE])];
    const { cid, txid } = aSale();
    const beacon = async (key: string, origin: string, path = '/api/v1/conversions') => {
      const body = { action: 'sale', click_id: cid, order_id: txid };
      const headers = { origin, 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain;charset=UTF-8' };
      const reply = await system.post(`${path}?key=${key}`, body, headers);
      return [reply.statusCode, reply.json().error?.code];
    };
    expect(await beacon(page, PAGE)).toEqual([202, undefined]);
    expect(await ofClick(cid)).toMatchObject([{ source: 'script' }]);
    expect(await beacon(page, 'https://other.example')).toEqual([403, 'origin_not_allowed']);
    expect(await beacon(admin, PAGE)).toEqual([403, 'not_for_pages']);
    expect(await beacon('none', PAGE)).toEqual([401, 'invalid_key']);
    expect(await beacon(page, PAGE, '/api/v1/clicks')).toEqual([401, 'unauthenticated']);
    expect(await beacon(page, PAGE, '/api/v1/conversions/adjust')).toEqual([401, 'unauthenticated']);
  });

  it('obeys Sec-GPC where the organization does, and counts nothing by HEAD or prefetch', async () => {
    const key = await makeKey(['ingest'], [PAGE]);
    await system.pool.query('UPDATE tenants SET respect_privacy_signals = true WHERE tenant_id = 1');
    await system.services.signals?.refresh();
    const { cid } = aSale();
    await pixel({ key, cid, uid: 'ann' }, { ...fromPage, 'sec-gpc': '1' });
    const { rows } = await system.pool.query('SELECT user_id FROM conversions WHERE click_id = $1', [cid]);
    expect(rows).toEqual([{ user_id: null }]);
    const other = aSale().cid;
    await pixel({ key, cid: other }, { ...fromPage, 'sec-purpose': 'prefetch' });
    const url = `/cv.gif?key=${key}&cid=${other}`;
    expect((await system.app.inject({ method: 'HEAD', url })).statusCode).toBe(200);
    expect(await ofClick(other)).toEqual([]);
  });
});
