import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, newPage, showsClicks } from './browser.js';
import {
  caughtUp,
  getJson,
  newDataDir,
  ROOT,
  removeDataDir,
  type ServerProcess,
  startServer,
} from './server-process.js';

/** 10,000 real lines; see the README beside it for source and licence. */
const LOG = join(ROOT, 'server/src/import/testing/access.log.gz');
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
