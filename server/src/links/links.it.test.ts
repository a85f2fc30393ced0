import {
  LIMITS,
  type Link,
  type LinkImportReply,
  type LinksReply,
  type MadeSigningKey,
} from '@clickledger/contract';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../accounts/api-keys.js';
import { hashToken, newApiKey } from '../lib/tokens.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';

const OTHER = 2;
const DESTINATIONS = [{ url: 'https://shop.example/spring?cid={click_id}', weight: 1 }];

let system: TestSystem;
let theirs: Record<string, string>;
const send = async (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
) => system.app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
const create = async (fields: object = {}, headers = {}): Promise<Link> => {
  const response = await send(
    'POST',
    '/api/v1/links',
    { ad_id: 'ad-1', destinations: DESTINATIONS, ...fields },
    headers,
  );
  expect(response.statusCode, response.body).toBe(201);
  return response.json();
};
const wrongWith = async (fields: object, headers = {}) => {
  const response = await send(
    'POST',
    '/api/v1/links',
    { ad_id: 'ad-1', destinations: DESTINATIONS, ...fields },
    headers,
  );
  expect(response.statusCode, response.body).toBe(400);
  return response.json().error.fieldErrors;
};

beforeAll(async () => {
  system = await startTestSystem({ PUBLIC_URL: 'http://localhost' });
  for (const [path, payload] of [
    ['campaigns/camp-1', { advertiser_id: 'adv-1' }],
    ['campaigns/camp-2', { advertiser_id: 'adv-2' }],
    ['ads/ad-1', { campaign_id: 'camp-1' }],
    ['ads/ad-2', { campaign_id: 'camp-2' }],
  ] as const)
    expect((await send('PUT', `/api/v1/${path}`, payload)).statusCode).toBe(200);
  await system.pool.query("INSERT INTO tenants (tenant_id, slug, name) VALUES ($1, 'other', 'Other')", [
    OTHER,
  ]);
});
afterAll(() => system?.close());

/** From now on everybody needs a key: the tests before are asked by the operator of a server without one. */
async function openToOthers() {
  if (theirs) return;
  const keyOf = async (tenantId: number) => {
    const { key, hint } = newApiKey(['admin']);
    await addKey(
      system.pool as unknown as pg.PoolClient,
      tenantId,
      {
        name: 'x',
        scopes: ['read', 'admin'],
        origins: [],
        requests_per_second: null,
        expires_at: null,
        createdBy: 'test',
      },
      { hash: hashToken(key), hint },
    );
    return { authorization: `Bearer ${key}` };
  };
  theirs = await keyOf(OTHER);
  ours = await keyOf(1);
  await system.services.access.refresh();
  for (const [path, payload] of [
    ['campaigns/camp-1', { advertiser_id: 'adv-1' }],
    ['ads/ad-1', { campaign_id: 'camp-1' }],
  ] as const)
    expect((await send('PUT', `/api/v1/${path}`, payload, theirs)).statusCode).toBe(200);
}
let ours: Record<string, string> = {};

describe('a link', () => {
  it('is made with a slug of its own, and read, changed and explained', async () => {
    const link = await create({ name: 'Spring' });
    expect(link).toMatchObject({
      slug: expect.stringMatching(/^[A-Za-z2-9]{8}$/),
      tracking_url: `http://localhost/r/${link.slug}`,
      campaign_id: 'camp-1',
      advertiser_id: 'adv-1',
      status: 'active',
      destinations: DESTINATIONS,
      signing_keys: [],
    });
    const path = `/api/v1/links/${link.link_id}`;
    expect(await system.get<Link>(path)).toEqual(link);
    const change = {
      status: 'paused',
      ad_id: 'ad-2',
      ends_at: '2027-01-01T01:00:00+01:00',
      destinations: [
        { url: 'https://shop.example/a', weight: 3 },
        { url: 'https://shop.example/b', weight: 1 },
      ],
      allowed_hosts: ['shop.example:8443'],
    };
    const changed = await send('PATCH', path, change);
    expect(changed.json(), changed.body).toMatchObject({
      ...change,
      ends_at: '2027-01-01T00:00:00.000Z',
      campaign_id: 'camp-2',
    });
    const { data } = await system.get<{ data: { field: string; old_value: string; new_value: string }[] }>(
      `${path}/changes`,
    );
    expect(data).toContainEqual(
      expect.objectContaining({ field: 'status', old_value: 'active', new_value: 'paused' }),
    );
    expect(data).toContainEqual(
      expect.objectContaining({ field: 'slug', old_value: null, new_value: link.slug }),
    );
  });

  it('is listed newest first, by page, ad, campaign, status and text', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++)
      ids.unshift((await create({ ad_id: 'ad-2', name: `Needle ${i}`, status: 'ended' })).link_id);
    const list = async (query: string) => {
      const reply = await system.get<LinksReply>(`/api/v1/links?${query}`);
      return { ids: reply.data.map(({ link_id }) => link_id), next: reply.next_after };
    };
    const first = await list('search=NEEDLE&limit=2');
    expect(first).toEqual({ ids: ids.slice(0, 2), next: ids[1] });
    expect(await list(`search=NEEDLE&limit=2&after=${first.next}`)).toEqual({
      ids: ids.slice(2),
      next: null,
    });
    expect((await list('campaign_id=camp-2&status=ended&ad_id=ad-2&search=needle')).ids).toEqual(ids);
    expect((await list('campaign_id=camp-1&search=needle')).ids).toEqual([]);
    expect((await list('search=%25')).ids).toEqual([]);
  });

  it('names the field that is wrong', async () => {
    expect(await wrongWith({ ad_id: 'ad-9' })).toEqual({ ad_id: [expect.stringContaining('no ad')] });
    expect(await wrongWith({ host: 'go.nobody.example' })).toEqual({
      host: [expect.stringContaining('Not a link host')],
    });
    expect(await wrongWith({ destinations: [] })).toEqual({ destinations: ['At least 1 destination'] });
    expect(await wrongWith({ destinations: [...DESTINATIONS, { url: 'javascript:x' }] })).toEqual({
      'destinations.1.url': [expect.stringContaining('https://')],
    });
    expect(await wrongWith({ fallback_url: 'https://a@b.example/' })).toEqual({
      fallback_url: [expect.stringContaining('user name')],
    });
    expect(await wrongWith({ starts_at: '2027-01-01T00:00:00Z', ends_at: '2027-01-01T00:00:00Z' })).toEqual({
      ends_at: ['Must be after starts_at'],
    });
    expect(await wrongWith({ slug: 'a/b' })).toEqual({ slug: [expect.stringContaining('letters')] });
    expect(await wrongWith({ allowed_hosts: ['*'] })).toEqual({
      'allowed_hosts.0': [expect.stringContaining('host')],
    });
    expect(await wrongWith({ click_id_parameter: 'a=b' })).toEqual({
      click_id_parameter: [expect.stringContaining('letters')],
    });
  });

  it('stays right when a change meets what stays: http destinations without allow_http', async () => {
    const link = await create({ allow_http: true, destinations: [{ url: 'http://shop.example/' }] });
    const response = await send('PATCH', `/api/v1/links/${link.link_id}`, { allow_http: false });
    expect(response.statusCode).toBe(400);
    expect(response.json().error.fieldErrors).toEqual({
      'destinations.0.url': [expect.stringContaining('allow_http')],
    });
  });

  it('has two signing keys in force, which nobody is told again', async () => {
    const { link_id } = await create({ signing: 'required' });
    const path = `/api/v1/links/${link_id}`;
    const keys: MadeSigningKey[] = [];
    for (let i = 0; i < 3; i++) keys.unshift((await send('POST', `${path}/signing-keys`)).json());
    const response = await send('GET', path);
    expect(response.json<Link>().signing_keys).toEqual(
      keys.slice(0, 2).map(({ hint, created_at }) => ({ hint, created_at })),
    );
    for (const { key } of keys) {
      expect(key).toMatch(/^clk_sign_[0-9A-Za-z]{43}$/);
      expect(response.body).not.toContain(key);
      expect((await send('GET', '/api/v1/admin/audit?kind=link')).body).not.toContain(key);
    }
  });
});

describe('a CSV file', () => {
  it('that was exported makes the same links again', async () => {
    const name = '=Needle "two"\nlines';
    expect((await wrongWith({ name })).name).toEqual([expect.stringContaining('Control')]);
    const made = await create({
      name: '=CSV "quoted", comma',
      fallback_url: 'https://shop.example/late',
      destinations: [
        { url: 'https://shop.example/a', weight: 3 },
        { url: 'https://shop.example/b', weight: 1 },
      ],
      allowed_hosts: ['a.example', 'b.example:1'],
      pass_parameters: true,
      click_id_parameter: 'cid',
      starts_at: '2026-01-01T00:00:00Z',
    });
    const exported = (await send('GET', '/api/v1/export/links.csv')).body;
    const [header = '', ...lines] = exported.split('\r\n');
    const at = lines.findIndex((line) => line.includes(made.link_id));
    const row = lines.slice(
      at,
      lines.findIndex((line, i) => i > at && /^"[0-9a-f-]{36}"/.test(line)),
    );
    const csv = [header, ...row].join('\r\n').replace(`"${made.slug}"`, '"copied"');
    const reply = (await send('POST', '/api/v1/links/import', { csv })).json<LinkImportReply>();
    expect(reply).toEqual({ rows: 1, made: 1, errors: [] });
    const { data } = await system.get<LinksReply>('/api/v1/links?search=copied');
    const { link_id: _, slug: __, tracking_url: ___, created_at: ____, ...rest } = made;
    expect(data).toMatchObject([{ ...rest, slug: 'copied' }]);
  });

  it('with a wrong row makes nothing, and names line and column', async () => {
    const csv = [
      'ad_id,destination,slug,status',
      'ad-1,https://shop.example/1,csv-1,active',
      'ad-9,https://shop.example/2,csv-2,active',
      'ad-1,http://shop.example/3,csv-3,on',
    ].join('\n');
    const reply = (await send('POST', '/api/v1/links/import', { csv })).json<LinkImportReply>();
    expect(reply).toMatchObject({ rows: 3, made: 0 });
    expect(reply.errors.map(({ line, column }) => [line, column])).toEqual([
      [3, 'ad_id'],
      [4, 'status'],
    ]);
    const slugs =
      'ad_id,destination,slug\nad-1,https://shop.example/,twice\nad-1,https://shop.example/,twice';
    expect((await send('POST', '/api/v1/links/import', { csv: slugs })).json()).toEqual({
      rows: 2,
      made: 0,
      errors: [{ line: 3, column: 'slug', message: expect.stringContaining('Taken') }],
    });
    expect((await system.get<LinksReply>('/api/v1/links?search=csv-')).data).toEqual([]);
    expect((await system.get<LinksReply>('/api/v1/links?search=twice')).data).toEqual([]);
  });

  it('may have as many rows as the limit says, and not one more; a dry run makes nothing', async () => {
    const file = (rows: number) =>
      `ad_id,destination\n${Array.from({ length: rows }, (_, i) => `ad-1,https://shop.example/dry/${i}`).join('\n')}`;
    const ask = (rows: number) => send('POST', '/api/v1/links/import', { csv: file(rows), dry_run: true });
    expect((await ask(LIMITS.linksImportMax)).json()).toEqual({
      rows: LIMITS.linksImportMax,
      made: 0,
      errors: [],
    });
    expect((await ask(LIMITS.linksImportMax + 1)).json().error.fieldErrors).toEqual({
      csv: [expect.stringContaining('split the file')],
    });
    expect((await system.get<LinksReply>('/api/v1/links?search=/dry/')).data).toEqual([]);
  });
});

describe('with other accounts on the server', () => {
  it('an address is one link’s, whoever has it; a host is one account’s', async () => {
    await openToOthers();
    const slug = 'ours-alone';
    await create({ slug }, ours);
    expect(await wrongWith({ slug }, theirs)).toEqual({ slug: [expect.stringContaining('Taken')] });

    const host = 'go.theirs.example';
    const operator = { authorization: `Bearer ${system.services.operatorToken}` };
    const give = (tenant: string) => send('PUT', `/api/v1/link-hosts/${host}`, { tenant }, operator);
    expect((await give('other')).json()).toMatchObject({ host, links: 0 });
    expect((await give('other')).statusCode).toBe(200);
    expect((await give('default')).statusCode).toBe(409);
    expect((await give('nobody')).statusCode).toBe(404);
    expect(await wrongWith({ slug, host }, ours)).toEqual({
      host: [expect.stringContaining('Not a link host')],
    });
    const link = await create({ slug, host }, theirs);
    expect(link.tracking_url).toBe(`https://${host}/r/${slug}`);
    expect((await send('DELETE', `/api/v1/link-hosts/${host}`, undefined, operator)).statusCode).toBe(409);
    expect((await send('GET', '/api/v1/link-hosts', undefined, theirs)).json().data).toMatchObject([
      { host, links: 1 },
    ]);
    expect((await send('GET', '/api/v1/link-hosts', undefined, ours)).json().data).toEqual([]);
    expect((await send('DELETE', '/api/v1/link-hosts/go.no.example', undefined, operator)).statusCode).toBe(
      404,
    );
  });

  it('an account has as many links as the limit says, and not one more', async () => {
    await openToOthers();
    await system.pool.query(
      `INSERT INTO links (tenant_id, link_id, host, slug, ad_id, destinations, status, pass_parameters, referrer_policy, allow_http, allowed_hosts, signing)
       SELECT $1, gen_random_uuid(), '', 'many-' || i, 'ad-1', '[{"url": "https://shop.example/", "weight": 1}]', 'ended', false, 'origin', false, '{}', 'none'
       FROM generate_series(1, $2 - (SELECT count(*)::integer FROM links WHERE tenant_id = $1)) AS i`,
      [OTHER, LIMITS.linksMax - 1],
    );
    await create({}, theirs);
    const body = { ad_id: 'ad-1', destinations: DESTINATIONS };
    const refused = await send('POST', '/api/v1/links', body, theirs);
    expect([refused.statusCode, refused.json().error.code]).toEqual([409, 'too_many_links']);
    const csv = 'ad_id,destination\nad-1,https://shop.example/';
    expect((await send('POST', '/api/v1/links/import', { csv }, theirs)).statusCode).toBe(409);
    await create({}, ours);
  });
});
