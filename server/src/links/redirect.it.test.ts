import { request } from 'node:http';
import type { ClickLogReply, ClickStory, Link } from '@clickledger/contract';
import { LINK_MACROS } from '@clickledger/contract';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { signedQuery } from './signature.js';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const HOUR_MS = 3_600_000;

let system: TestSystem;
let port: number;

interface Followed {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  location: string;
  body: string;
}
/** Over a socket, as a browser would: on the fast path unless something keeps it off. */
function follow(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Followed> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { port, host: '127.0.0.1', path, method, headers: { 'user-agent': CHROME, ...headers }, agent: false },
      (response) => {
        let body = '';
        response.on('data', (data) => (body += data));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            location: response.headers.location ?? '',
            body,
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}
const create = async (fields: object = {}): Promise<Link> => {
  const response = await system.post('/api/v1/links', {
    ad_id: 'ad-1',
    destinations: [{ url: 'https://shop.example/?cid={click_id}' }],
    ...fields,
  });
  expect(response.statusCode, response.body).toBe(201);
  return response.json();
};
const change = async ({ link_id }: Link, fields: object) => {
  const response = await system.app.inject({
    method: 'PATCH',
    url: `/api/v1/links/${link_id}`,
    payload: fields,
  });
  expect(response.statusCode, response.body).toBe(200);
};
const set = async (path: string, payload: object, method: 'PUT' | 'PATCH' = 'PUT') => {
  const response = await system.app.inject({ method, url: `/api/v1/${path}`, payload });
  expect(response.statusCode, response.body).toBe(200);
};
const clicksOf = async ({
  link_id,
}: Link): Promise<
  {
    click_id: string;
    landing: string;
    advertiser_id: string;
    campaign_id: string;
    ip_hash: string | null;
    is_fraudulent: boolean;
  }[]
> =>
  (
    await system.pool.query(
      `SELECT click_id, landing, advertiser_id, campaign_id, ip_hash, is_fraudulent FROM click_events WHERE landing LIKE '%' || $1 || '%' ORDER BY clicked_at`,
      [link_id],
    )
  ).rows;

beforeAll(async () => {
  // No click goes to the journal: its tests are elsewhere.
  system = await startTestSystem({ REDIRECT_WAIT_MS: '5000' });
  await set('campaigns/camp-1', { advertiser_id: 'adv 1/ü' });
  await set('ads/ad-1', { campaign_id: 'camp-1' });
  await system.app.listen({ host: '127.0.0.1', port: 0 });
  port = (system.app.server.address() as { port: number }).port;
});
afterAll(() => system?.close());

describe('a link that is followed', () => {
  it('redirects with 302, for no cache and no search engine, and brings a click of its ad', async () => {
    const link = await create({ referrer_policy: 'origin' });
    const { status, headers, location, body } = await follow(`/r/${link.slug}`);
    expect([status, body]).toEqual([302, '']);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
      'referrer-policy': 'origin',
      'content-length': '0',
    });
    const [click, ...others] = await clicksOf(link);
    expect(others).toEqual([]);
    expect(location).toBe(`https://shop.example/?cid=${click?.click_id}`);
    expect(click).toMatchObject({
      advertiser_id: 'adv 1/ü',
      campaign_id: 'camp-1',
      is_fraudulent: false,
      ip_hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      landing: JSON.stringify({ link_id: link.link_id }),
    });
  });

  it('puts a value of the click in the place of each macro', async () => {
    const query = LINK_MACROS.map((macro) => `${macro}={${macro}}`).join('&');
    const link = await create({ destinations: [{ url: `https://shop.example/?${query}&x={nobody}` }] });
    const { location } = await follow(`/r/${link.slug}?sub1=a%20b&sub2=%26&sub5=z&sub9=no`, {
      'x-forwarded-for': '8.8.8.8',
    });
    const [click] = await clicksOf(link);
    const values = Object.fromEntries(new URL(location).searchParams);
    expect(values).toEqual({
      click_id: click?.click_id,
      campaign_id: 'camp-1',
      ad_id: 'ad-1',
      advertiser_id: 'adv 1/ü',
      country: 'US',
      device_type: 'desktop',
      os: 'Windows',
      browser: 'Chrome',
      timestamp: expect.stringMatching(/^\d{10}$/),
      sub1: 'a b',
      sub2: '&',
      sub3: '',
      sub4: '',
      sub5: 'z',
      x: '',
    });
  });

  it('passes parameters on where it says so, but those that the destination has, and appends the click ID', async () => {
    const link = await create({
      destinations: [{ url: 'https://shop.example/?utm_source=fixed#top' }],
      pass_parameters: true,
      click_id_parameter: 'cid',
    });
    const { location } = await follow(`/r/${link.slug}?utm_source=sent&gclid=G%26x&cid=forged&a=caf%E9&b`);
    const [click] = await clicksOf(link);
    expect(location).toBe(
      `https://shop.example/?utm_source=fixed&gclid=G%26x&a=caf%25E9&b=&cid=${click?.click_id}#top`,
    );
    expect(JSON.parse(click?.landing ?? '')).toEqual({
      link_id: link.link_id,
      utm_source: 'sent',
      gclid: 'G&x',
    });
    await change(link, { pass_parameters: false });
    expect((await follow(`/r/${link.slug}?gclid=x`)).location).not.toContain('gclid');
  });

  it('redirects who is flagged like everybody else', async () => {
    const link = await create();
    const { status, location } = await follow(`/r/${link.slug}`, { 'user-agent': 'curl/8.5.0' });
    const [click] = await clicksOf(link);
    expect(click?.is_fraudulent).toBe(true);
    expect([status, location]).toEqual([302, `https://shop.example/?cid=${click?.click_id}`]);
  });

  it('redirects HEAD, prefetches and previews, and counts none of them', async () => {
    const link = await create();
    const path = `/r/${link.slug}`;
    const followed = [
      await follow(path, {}, 'HEAD'),
      await follow(path, { 'sec-purpose': 'prefetch;prerender' }),
      await follow(path, { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }),
    ];
    for (const { status, location } of followed) {
      expect(status).toBe(302);
      expect(location).toMatch(/^https:\/\/shop\.example\/\?cid=[0-9a-f-]{36}$/);
    }
    await follow(path);
    expect(await clicksOf(link)).toHaveLength(1);
  });

  it('is a plain 404 page when there is none', async () => {
    for (const path of [
      '/r/no-such-link',
      '/r/..',
      '/r/a%2Fb',
      '/r/no-such-link?url=https://evil.example/',
    ]) {
      const { status, headers, body } = await follow(path);
      expect([status, headers.location]).toEqual([404, undefined]);
      if (path.includes('no-such')) {
        expect(headers).toMatchObject({
          'content-type': 'text/plain; charset=utf-8',
          'cache-control': 'no-store',
        });
        expect(body).toBe('This link doesn’t exist.\n');
      }
    }
  });

  it('leads to its fallback while it, its ad or its campaign is not in force, which counts no click', async () => {
    const fallback_url = 'https://shop.example/later?by={ad_id}';
    const link = await create({ fallback_url, click_id_parameter: 'cid' });
    const bare = await create();
    const leads = async (to: 'fallback' | 'on') => {
      const { location } = await follow(`/r/${link.slug}`);
      if (to === 'fallback') expect(location).toMatch(/^https:\/\/shop\.example\/later\?by=ad-1&cid=/);
      else expect(location).toMatch(/^https:\/\/shop\.example\/\?cid=/);
      expect((await follow(`/r/${bare.slug}`)).status).toBe(to === 'on' ? 302 : 404);
    };
    const both = async (fields: object) => {
      await change(link, fields);
      await change(bare, fields);
    };
    const refresh = () => system.services.ingest?.links.refresh();
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    await leads('on');
    for (const [off, on] of [
      [{ status: 'paused' }, { status: 'active' }],
      [{ status: 'ended' }, { status: 'active' }],
      [{ starts_at: at(HOUR_MS) }, { starts_at: at(-HOUR_MS) }],
      [{ ends_at: at(-60_000) }, { ends_at: null, starts_at: null }],
    ]) {
      await both(off as object);
      await leads('fallback');
      await both(on as object);
      await leads('on');
    }
    for (const path of ['ads/ad-1', 'campaigns/camp-1']) {
      await set(path, { status: 'paused' }, 'PATCH');
      await refresh();
      await leads('fallback');
      await set(path, { status: 'active' }, 'PATCH');
      await refresh();
      await leads('on');
    }
    expect(await clicksOf(link)).toHaveLength(7);
  });

  it('that must be signed leads on only with a signature in force', async () => {
    const link = await create({
      signing: 'required',
      allowed_hosts: ['other.example'],
      pass_parameters: true,
    });
    expect((await follow(`/r/${link.slug}`)).status).toBe(404);
    const { key } = (
      await system.app.inject({ method: 'POST', url: `/api/v1/links/${link.link_id}/signing-keys` })
    ).json();
    const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
    const query = signedQuery(key, link.slug, 'sub1=a&url=https%3A%2F%2Fother.example%2Fx', inAnHour);
    const { location } = await follow(`/r/${link.slug}?${query}&fbclid=F`);
    expect(location).toBe('https://other.example/x');
    expect((await follow(`/r/${link.slug}?${query.replace('sub1=a', 'sub1=b')}`)).status).toBe(404);
    // Whoever is led on could sign nothing with it, but needs not have it either.
    const passed = new URL(
      (await follow(`/r/${link.slug}?${signedQuery(key, link.slug, 'x=1', inAnHour)}`)).location,
    );
    expect([...passed.searchParams.keys()]).toEqual(['cid', 'x']);
    await change(link, { fallback_url: 'https://shop.example/unsigned' });
    expect((await follow(`/r/${link.slug}?sub1=a`)).location).toBe('https://shop.example/unsigned?sub1=a');
    const clicks = await clicksOf(link);
    expect(clicks.map(({ landing }) => JSON.parse(landing))).toEqual([
      { link_id: link.link_id, sub1: 'a', fbclid: 'F' },
      { link_id: link.link_id },
    ]);
  });

  it('follows a downstream URL to a host on its list, and sends everybody else to its destination', async () => {
    const link = await create({ allowed_hosts: ['next.example'], click_id_parameter: 'cid' });
    const to = async (url: string) =>
      (await follow(`/r/${link.slug}?url=${encodeURIComponent(url)}`)).location;
    expect(await to('https://next.example/a?b=c#d')).toMatch(
      /^https:\/\/next\.example\/a\?b=c&cid=[0-9a-f-]{36}#d$/,
    );
    for (const url of [
      'https://evil.example/',
      'https://next.example@evil.example/',
      '//evil.example',
      'http://next.example/',
      'x\r\nSet-Cookie: a=b',
    ])
      expect(await to(url)).toMatch(/^https:\/\/shop\.example\//);
  });

  it('asks a host of one account for the links of that account alone', async () => {
    const host = 'go.shop.example';
    await set(`link-hosts/${host}`, {});
    const slug = 'same-slug';
    await create({ slug, destinations: [{ url: 'https://shop.example/default' }] });
    const own = await create({ slug, host, destinations: [{ url: 'https://shop.example/own' }] });
    const other = await create({ slug: 'only-default' });
    // Over a socket, protected mode answers this machine's own names alone.
    const asked = (on: string, one: string) =>
      system.services.ingest?.follow({
        method: 'GET',
        slug: one,
        query: '',
        headers: { host: on, 'user-agent': CHROME },
        address: null,
        requestId: 'x',
      });
    expect(asked('localhost:3000', slug)?.location).toBe('https://shop.example/default');
    expect(asked('GO.shop.example:443', slug)?.location).toBe('https://shop.example/own');
    expect(asked(host, other.slug)).toBeNull();
    expect(own.tracking_url).toBe(`https://${host}/r/${slug}`);
  });
});

describe('the click of a link', () => {
  it('is in the log, its story, the file and the figures, by link and by campaign parameter', async () => {
    const link = await create();
    await follow(`/r/${link.slug}?utm_source=mail&sub1=a&gclid=G`);
    await follow(`/r/${link.slug}?utm_source=mail&sub1=b`);
    await follow(`/r/${link.slug}?utm_source=web`);
    await system.caughtUp();
    const log = await system.get<ClickLogReply>(`/api/v1/clicks?link_id=${link.link_id}&utm_source=mail`);
    expect(log.data.map((click) => click.landing)).toEqual([
      { utm_source: 'mail', sub1: 'b' },
      { utm_source: 'mail', sub1: 'a', gclid: 'G' },
    ]);
    expect(log.data[0]).toMatchObject({ link_id: link.link_id });
    const story = await system.get<ClickStory>(`/api/v1/clicks/${log.data[1]?.click_id}`);
    expect(story.click).toMatchObject({
      link_id: link.link_id,
      landing: { utm_source: 'mail', sub1: 'a', gclid: 'G' },
    });
    const csv = (await system.app.inject({ url: `/api/v1/export/clicks.csv?link_id=${link.link_id}&sub1=a` }))
      .body;
    expect(csv).toContain(link.link_id);
    expect(csv.split('\r\n')[0]).toContain('"link_id"');
    expect(csv.trim().split('\r\n')).toHaveLength(2);
    const range = 'range=last_24h&granularity=total';
    const grouped = await system.get<{ data: Record<string, unknown>[]; sources: string[] }>(
      `/api/v1/analytics/aggregate?${range}&link_id=${link.link_id}&group_by=utm_source,sub1`,
    );
    expect(grouped.data.map(({ utm_source, sub1, clicks }) => [utm_source, sub1, clicks])).toEqual([
      ['mail', 'a', 1],
      ['mail', 'b', 1],
      ['web', '', 1],
    ]);
    expect(grouped.sources).toEqual(['click_events']);
    const series = await system.get<{ data: { clicks: number; link_id: string }[] }>(
      `/api/v1/analytics/aggregate?range=last_24h&granularity=hour&group_by=link_id&not_utm_source=web&link_id=${link.link_id}`,
    );
    expect(series.data.reduce((sum, { clicks }) => sum + clicks, 0)).toBe(2);
  });

  it('comes without platform IDs when its sender asks for privacy, and the account obeys', async () => {
    const link = await create();
    await set('admin/settings', { respect_privacy_signals: true }, 'PATCH');
    await follow(`/r/${link.slug}?gclid=G&utm_source=mail`, { 'sec-gpc': '1' });
    await set('admin/settings', { respect_privacy_signals: false }, 'PATCH');
    expect(await clicksOf(link)).toMatchObject([
      { ip_hash: null, landing: JSON.stringify({ link_id: link.link_id, utm_source: 'mail' }) },
    ]);
  });
});

describe('a daily budget', () => {
  it('that is spent sends people to the fallback, until it is raised', async () => {
    await set('campaigns/camp-2', {
      advertiser_id: 'adv-2',
      cost_per_click_micros: 600_000,
      daily_budget_micros: 1_000_000,
    });
    await set('ads/ad-2', { campaign_id: 'camp-2' });
    const link = await create({ ad_id: 'ad-2', fallback_url: 'https://shop.example/spent' });
    // Two people.
    for (const address of ['8.8.8.8', '9.9.9.9'])
      expect((await follow(`/r/${link.slug}`, { 'x-forwarded-for': address })).location).toContain('cid=');
    const leads = (to: string) =>
      until(
        async () => (await follow(`/r/${link.slug}`, {}, 'HEAD')).location,
        (location) => location.includes(to),
      );
    await leads('/spent');
    await set('campaigns/camp-2', { daily_budget_micros: 1_000_000_000 }, 'PATCH');
    await leads('cid=');
  });
});

it('another node follows a change within seconds, also of an ad and of a host', async () => {
  const link = await create();
  const { LinksInForce } = await import('./links-in-force.js');
  const node = new LinksInForce({ pool: system.pool as pg.Pool, background: system.services.background });
  await node.start();
  const isOn = () => node.find('localhost', link.slug)?.outOfForceAt(Date.now()) === null;
  expect(isOn()).toBe(true);
  for (const [method, path, payload, on] of [
    ['PATCH', `links/${link.link_id}`, { status: 'paused' }, false],
    ['PATCH', `links/${link.link_id}`, { status: 'active' }, true],
    ['PATCH', 'ads/ad-1', { status: 'paused' }, false],
    ['PATCH', 'ads/ad-1', { status: 'active' }, true],
  ] as const) {
    await set(path, payload, method);
    await until(isOn, (is) => is === on);
  }
  await set('link-hosts/go.other.example', {});
  await until(
    () => node.find('go.other.example', link.slug),
    (found) => found === undefined,
  );
  await node.stop();
});
