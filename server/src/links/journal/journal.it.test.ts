import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HealthReply, Link, StatsReply } from '@clickledger/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Click } from '../../click/click.js';
import { newDataDir } from '../../testing/data-dir.js';
import { aJudgedClick } from '../../testing/judged-click.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';
import { until } from '../../testing/wait.js';
import { clicksIn, lineOf } from './line.js';

const DAY_MS = 86_400_000;

let dataDir: string;
let folder: string;
let system: TestSystem;
let link: Link;

const start = async (env: Record<string, string> = {}) => {
  system = await startTestSystem({
    DATA_DIR: dataDir,
    REDIRECT_WAIT_MS: '1',
    DEDUP_WINDOW_DAYS: '1',
    ...env,
  });
};
beforeEach(async () => {
  dataDir = newDataDir();
  folder = join(dataDir, 'click-journal');
});
afterEach(async () => {
  await system?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const set = async (path: string, payload: object) => {
  const response = await system.app.inject({ method: 'PUT', url: `/api/v1/${path}`, payload });
  expect(response.statusCode, response.body).toBe(200);
};
async function makeLink(): Promise<void> {
  await set('campaigns/camp-1', { advertiser_id: 'adv-1' });
  await set('ads/ad-1', { campaign_id: 'camp-1' });
  const destinations = [{ url: 'https://shop.example/?cid={click_id}' }];
  link = (await system.post('/api/v1/links', { ad_id: 'ad-1', destinations })).json();
}
/** Follows the link, each time as somebody else, and returns the ids of the clicks that were answered. */
async function follow(times: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < times; i++) {
    const { statusCode, headers } = await system.app.inject({
      url: `/r/${link.slug}`,
      headers: { 'user-agent': `Mozilla/5.0 Chrome/${i}` },
      remoteAddress: '127.0.0.1',
    });
    expect(statusCode).toBe(302);
    ids.push(String(headers.location).slice(-36));
  }
  return ids;
}
/** Has commits wait for a lock until what it gives is called. */
async function holdCommits(): Promise<() => Promise<void>> {
  const holder = await system.pool.connect();
  await holder.query('BEGIN; LOCK TABLE click_events IN SHARE MODE');
  return async () => {
    await holder.query('COMMIT');
    holder.release();
  };
}
const journal = () => system.services.ingest?.journal.state;
const settled = () => until(journal, (state) => state?.bytes === 0);
const stored = async (): Promise<string[]> =>
  (await system.pool.query('SELECT click_id FROM click_events ORDER BY click_id')).rows.map(
    (row) => row.click_id,
  );
const segments = () => readdirSync(folder).map((name) => join(folder, name));
const leave = (name: string, text: string) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
};
const aClickOf = (fields: Partial<Click> = {}): Click =>
  aJudgedClick({
    adId: 'ad-1',
    campaignId: 'camp-1',
    advertiserId: 'adv-1',
    landing: '{"link_id":"x"}',
    ...fields,
  }).click;

it('a click whose commit hangs is on disk before its redirect is answered, is shown, and is counted once', async () => {
  await start();
  await makeLink();
  const release = await holdCommits();
  const ids = await follow(3);
  const kept = segments().flatMap((path) => clicksIn(readFileSync(path, 'utf8')).clicks);
  expect(kept.map(({ clickId }) => clickId)).toEqual(ids);
  // Hashes, and no address.
  expect(readFileSync(segments()[0] as string, 'utf8')).not.toContain('127.0.0.1');
  expect(journal()).toMatchObject({ clicks: 3, written: 3, lost: 0 });
  const health = await until(
    () => system.services.health(),
    ({ journaled_clicks }: HealthReply) => journaled_clicks === 3,
  );
  expect(health.status).toBe('degraded');
  expect((await system.services.stats()).journal).toMatchObject({ clicks: 3, bytes_max: 256 * 1_048_576 });
  expect(await system.services.metrics()).toMatch(/clickledger_click_journal_clicks 3\n/);
  await release();
  await settled();
  expect(await stored()).toEqual(ids.sort());
  expect(segments()).toEqual([]);
  const { status } = await until(
    () => system.services.health(),
    ({ journaled_clicks }: HealthReply) => journaled_clicks === 0,
  );
  expect(status).toBe('healthy');
});

it('what a killed process has left is brought to the ledger at the next start, without what the ledger has and the torn line', async () => {
  await start();
  const known = aClickOf();
  leave('0000000007.clicks', lineOf(known));
  await system.close();
  await start();
  await settled();
  expect(await stored()).toEqual([known.clickId]);
  await system.close();
  const others = [aClickOf(), aClickOf({ clickedAtMs: Date.now() - 1_000 })];
  leave('0000000009.clicks', [known, ...others].map(lineOf).join(''));
  appendFileSync(join(folder, '0000000009.clicks'), lineOf(aClickOf()).slice(0, -9));
  await start();
  await settled();
  expect(await stored()).toEqual([known, ...others].map(({ clickId }) => clickId).sort());
  expect(journal()).toMatchObject({ lost: 0 });
  // Numbers go on after those that were there.
  await makeLink();
  const release = await holdCommits();
  await follow(1);
  expect(segments()).toEqual([join(folder, '0000000010.clicks')]);
  await release();
  await settled();
});

it('a damaged line is a loss with its reason; its neighbors are counted', async () => {
  const clicks = [aClickOf(), aClickOf(), aClickOf()];
  const lines = clicks.map(lineOf);
  lines[1] = lines[1]?.replace('"adId":"ad-1"', '"adId":"ad-2"') ?? '';
  leave('0000000001.clicks', lines.join(''));
  await start();
  await settled();
  expect(await stored()).toEqual([clicks[0], clicks[2]].map((click) => click?.clickId).sort());
  expect(journal()).toMatchObject({ replayed: 2, lost: 1 });
  expect(await system.services.metrics()).toContain(
    'clickledger_redirect_clicks_lost_total{reason="corrupt"} 1',
  );
});

it('a click whose id may be forgotten is looked for among the clicks, and counted once', async () => {
  await start();
  const old = { clickedAtMs: Date.now() - 3 * DAY_MS };
  const [known, lost] = [aClickOf(old), aClickOf(old)];
  await system.services.ingest?.ingest.submit({ tenantId: 1, idempotency: null, clicks: [known] });
  await system.pool.query('DELETE FROM click_keys');
  await system.close();
  leave('0000000001.clicks', lineOf(known) + lineOf(lost));
  await start();
  await settled();
  expect(await stored()).toEqual([known.clickId, lost.clickId].sort());
});

it('a click that the ledger refuses for what is in it holds up no other, and is a loss with its reason', async () => {
  const bad = aClickOf({ browser: 'a\0b' });
  const good = aClickOf();
  leave('0000000001.clicks', lineOf(bad) + lineOf(good));
  await start();
  await settled();
  expect(await stored()).toEqual([good.clickId]);
  expect(await system.services.metrics()).toContain(
    'clickledger_redirect_clicks_lost_total{reason="refused"} 1',
  );
});

it('a full journal keeps nobody from being redirected: a loss with its reason, unless the commit comes about', async () => {
  await start({ JOURNAL_MB: '1' });
  await makeLink();
  const release = await holdCommits();
  const [first = ''] = await follow(1);
  const line = readFileSync(segments()[0] as string, 'utf8');
  // Filled up to where one more line fits, and not two.
  const ingest = system.services.ingest;
  const room = 1_048_576 - line.length;
  const filler = aClickOf({ userAgent: '' });
  filler.userAgent = 'x'.repeat(room - lineOf(filler).length - line.length);
  const never = Promise.reject(new Error('never'));
  never.catch(() => undefined);
  expect(await ingest?.journal.keep(filler, never)).toBe(true);
  const [fits = ''] = await follow(1);
  const full = await follow(2);
  expect(journal()).toMatchObject({ written: 3, lost: 0 });
  await release();
  await settled();
  // Their commits came about.
  expect(await stored()).toEqual(expect.arrayContaining([first, fits, ...full]));
  expect(journal()?.lost).toBe(0);
  // These don't.
  await system.pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '57P03'; END $$`);
  await system.pool.query(
    'CREATE TRIGGER refuse BEFORE INSERT ON batches FOR EACH ROW EXECUTE FUNCTION refuse()',
  );
  const big = aClickOf({ userAgent: 'y'.repeat(1_048_000) });
  expect(await ingest?.journal.keep(big, never)).toBe(true);
  await follow(2);
  await until(journal, (state) => state?.lost === 2);
  expect(await system.services.metrics()).toContain(
    'clickledger_redirect_clicks_lost_total{reason="full"} 2',
  );
  await system.pool.query('DROP FUNCTION refuse CASCADE');
});

it('a disk that fails keeps nobody from being redirected: a loss with its reason, until it is well again', async () => {
  await start();
  await makeLink();
  await system.pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '57P03'; END $$`);
  await system.pool.query(
    'CREATE TRIGGER refuse BEFORE INSERT ON batches FOR EACH ROW EXECUTE FUNCTION refuse()',
  );
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'no folder');
  await follow(2);
  await until(journal, (state) => state?.lost === 2);
  expect(await system.services.metrics()).toContain(
    'clickledger_redirect_clicks_lost_total{reason="disk"} 2',
  );
  rmSync(folder);
  mkdirSync(folder);
  const [id] = await follow(1);
  await system.pool.query('DROP FUNCTION refuse CASCADE');
  await settled();
  expect(await stored()).toEqual([id]);
});

it('a clean stop keeps what waits for the next start', async () => {
  await start();
  await makeLink();
  await system.pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '57P03'; END $$`);
  await system.pool.query(
    'CREATE TRIGGER refuse BEFORE INSERT ON batches FOR EACH ROW EXECUTE FUNCTION refuse()',
  );
  const ids = await follow(2);
  await system.pool.query('DROP TRIGGER refuse ON batches');
  await system.close();
  await start();
  await settled();
  expect(await stored()).toEqual(ids.sort());
});

it('links are followed from memory while the ledger is away, and their clicks counted once when it is back', async () => {
  await start();
  await makeLink();
  const pid = system.pids.postgres();
  process.kill(pid as number, 'SIGKILL');
  const ids = await follow(5);
  await until(
    () => stored().catch(() => []),
    (found) => found.length >= ids.length,
  );
  await settled();
  expect(await stored()).toEqual(ids.sort());
  expect(await system.get<StatsReply>('/api/v1/admin/stats')).toMatchObject({
    journal: { clicks: 0, lost: 0 },
  });
});
