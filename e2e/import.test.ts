import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newDataDir } from '../server/src/testing/data-dir.js';
import { launchBrowser, newPage, showsClicks } from './helpers/browser.js';
import {
  caughtUp,
  getJson,
  ROOT,
  removeDataDir,
  type ServerProcess,
  startServer,
} from './helpers/server-process.js';

/** 10,000 real lines; see the README beside it for source and licence. */
const LOG = join(ROOT, 'server/src/tools/import/testing/access.log.gz');
const dataDir = newDataDir();
let server: ServerProcess;
beforeAll(async () => {
  server = await startServer(dataDir);
});
afterAll(async () => {
  await server?.end('SIGTERM');
  removeDataDir(dataDir);
});

const runImport = () =>
  execFileSync(process.execPath, [join(ROOT, 'scripts/cli.mjs'), 'import', LOG], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', DATA_DIR: dataDir },
  });
/** Counts of the file, by nothing of ours: HEAD and OPTIONS requests are no clicks. */
const oneLiner = (awk: string) =>
  Object.fromEntries(
    execFileSync(
      '/bin/sh',
      ['-c', `gzip -dc "$1" | grep -vE '] "(HEAD|OPTIONS) ' | ${awk} | sort | uniq -c`, 'sh', LOG],
      {
        encoding: 'utf8',
      },
    )
      .trim()
      .split('\n')
      .map((line) => /^\s*(\d+) (.*)$/.exec(line)?.slice(1) ?? [])
      .map(([count, key]) => [key, Number(count)]),
  );
/** Asks the embedded PostgreSQL itself, with what it left in its folder. */
async function askLedger(sql: string): Promise<Record<string, number>> {
  const [, , , port, host] = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n');
  const { postgresPassword } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as {
    postgresPassword: string;
  };
  const client = new pg.Client({
    host,
    port: Number(port),
    user: 'clickledger',
    password: postgresPassword,
    database: 'postgres',
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ key: string; n: string }>(sql);
    return Object.fromEntries(rows.map(({ key, n }) => [key, Number(n)]));
  } finally {
    await client.end();
  }
}
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const aggregate = (query: string) =>
  getJson<{ data: { time_bucket: string; clicks: number; browser: string }[] }>(
    `${server.url}/api/v1/analytics/aggregate?start_time=2015-05-01T00:00:00Z&end_time=2015-06-01T00:00:00Z&${query}`,
  );

it('a real access log: the same counts by hour and by browser as an independent count of the file; twice changes nothing', async () => {
  expect(runImport()).toMatch(
    /10000 lines: 9957 new clicks \(\d+ flagged\), 0 counted before, 43 no clicks, 0 bad/,
  );
  const check = async () => {
    const stats = await caughtUp(server.url);
    expect(stats.ledger.clicks).toBe(9_957);
    expect(stats.analytics).toEqual(stats.ledger);
    const byHour = Object.fromEntries(
      (await aggregate('granularity=hour')).data.map((row) => [row.time_bucket, row.clicks]),
    );
    const inFile = Object.fromEntries(
      Object.entries(oneLiner(`awk '{print substr($4, 2, 14)}'`)).map(([key, count]) => {
        const [, day, month, year, hour] = /^(\d+)\/(\w+)\/(\d+):(\d+)$/.exec(key) ?? [];
        return [
          new Date(
            Date.UTC(Number(year), MONTHS.indexOf(month ?? ''), Number(day), Number(hour)),
          ).toISOString(),
          count,
        ];
      }),
    );
    expect(Object.keys(inFile).length).toBeGreaterThan(80);
    expect(byHour).toEqual(inFile);
    const hour = `to_char(clicked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:00:00.000"Z"')`;
    expect(await askLedger(`SELECT ${hour} AS key, count(*) AS n FROM click_events GROUP BY 1`)).toEqual(
      inFile,
    );
    const byBrowser = Object.fromEntries(
      (await aggregate('granularity=total&group_by=browser')).data.map((row) => [row.browser, row.clicks]),
    );
    const chrome = oneLiner(
      `awk -F'"' 'tolower($6) ~ /chrome\\/|crios\\// && $6 !~ /Chromium|OPR|Edge|[Bb]ot|Version\\/4|MetaSr|Iron/ { print "Chrome" }'`,
    );
    expect(byBrowser.Chrome).toBe(chrome.Chrome);
    expect(await askLedger(`SELECT browser AS key, count(*) AS n FROM click_events GROUP BY 1`)).toEqual(
      byBrowser,
    );
    return { byHour, byBrowser };
  };
  const first = await check();
  expect(runImport()).toMatch(
    /10000 lines: 0 new clicks \(0 flagged\), 9957 counted before, 43 no clicks, 0 bad/,
  );
  expect(await check()).toEqual(first);
});

it('and on the dashboard', async () => {
  const browser = await launchBrowser();
  try {
    const page = await newPage(browser);
    await page.goto(`${server.url}/?range=custom&from=2015-05-01T00:00:00Z&to=2015-06-01T00:00:00Z`);
    await showsClicks(page, 9_957);
    const chrome = page.locator('[data-testid="breakdown-browser"] tr[data-value="Chrome"]');
    expect(await chrome.getAttribute('data-clicks')).toBe('2995');
  } finally {
    await browser.close();
  }
});

/** What the command says and ends with. */
function importing(args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts/cli.mjs'), 'import', ...args],
    { encoding: 'utf8', input, env: { PATH: process.env.PATH ?? '', DATA_DIR: dataDir } },
  );
  return { status, said: stdout + stderr };
}
const CSV_HEADER = 'ad_id;campaign_id;advertiser_id;timestamp;country\n';
const row = (ad: string, country = 'DE') => `${ad};many;v;2026-01-02T03:04:05Z;${country}\n`;
const storedAds = () =>
  askLedger(`SELECT ad_id AS key, count(*) AS n FROM click_events WHERE campaign_id = 'many' GROUP BY 1`);

it('a dry run stores nothing, and shows the first ten clicks as they would be stored', async () => {
  const rows = Array.from({ length: 12 }, (_, i) => row(`dry-${i}`, 'UK')).join('');
  const { status, said } = importing(['-', '--dry-run'], CSV_HEADER + rows);
  expect(status).toBe(0);
  expect(said).toContain('standard input: CSV with semicolons, utf-8');
  expect(said.match(/line \d+: \{"ad_id":"dry-/g)).toHaveLength(10);
  expect(said).toContain('"country":"GB"');
  expect(said).toContain('12 lines: 12 clicks would be stored');
  expect(said).toContain('12 clicks had no address; 12 of them no user either');
  expect(said).toContain('country mapped: 12, e.g. line 2: country: "UK" is taken as GB');
  expect(await storedAds()).toEqual({});
});

it('files, folders and standard input are imported in one go; files that continue one another are one log', async () => {
  const folder = join(dataDir, 'files');
  mkdirSync(folder);
  writeFileSync(join(folder, '1.csv'), CSV_HEADER + row('a'));
  writeFileSync(join(folder, '2.csv'), CSV_HEADER + row('a') + row('b'));
  expect(importing([folder, '-'], CSV_HEADER + row('c'))).toMatchObject({ status: 0 });
  expect(await storedAds()).toEqual({ a: 1, b: 1, c: 1 });
  expect(importing([folder, '--as-one'])).toMatchObject({ status: 0 });
  expect(importing([folder, '--as-one'])).toMatchObject({ status: 0 });
  expect(await storedAds()).toEqual({ a: 2, b: 1, c: 1 });
});

it('ends with 1 when nothing of a file was taken, and with --strict when any line is bad', () => {
  const bad = 'd;many;v;2026-02-29T00:00:00Z;DE\n';
  expect(importing(['-', '--dry-run'], CSV_HEADER + row('d') + bad)).toMatchObject({ status: 0 });
  expect(importing(['-', '--dry-run', '--strict'], CSV_HEADER + row('d') + bad)).toMatchObject({ status: 1 });
  const { status, said } = importing(['-', '--dry-run'], CSV_HEADER + bad + bad);
  expect(status).toBe(1);
  expect(said).toContain(
    '2 bad lines, the first is line 2: timestamp: "2026-02-29T00:00:00Z": 2026-02 has 28 days',
  );
  expect(importing(['-', '--dry-run'], 'when,creative\n1,2\n')).toMatchObject({
    status: 1,
    said: expect.stringContaining('its header has no column for ad_id'),
  });
  expect(importing([join(dataDir, 'none.csv')])).toMatchObject({
    status: 1,
    said: expect.stringContaining('can not be read'),
  });
});
