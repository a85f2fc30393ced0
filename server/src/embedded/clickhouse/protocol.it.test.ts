import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseError, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../lib/log.js';
import { until } from '../../testing/wait.js';
import { startEmbeddedClickHouse } from './start.js';

/** What `@clickhouse/client` may expect of a ClickHouse server, asked of ours. */
const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-ch-'));
let engine: Awaited<ReturnType<typeof startEmbeddedClickHouse>>;
let client: ClickHouseClient;
const connect = (more: Record<string, unknown> = {}) =>
  createClient({
    url: engine.url,
    username: engine.username,
    password: engine.password,
    log: { level: 127 },
    ...more,
  });

beforeAll(async () => {
  engine = await startEmbeddedClickHouse({ dataDir, password: 'secret-'.repeat(5), log: silentLog });
  client = connect();
});
afterAll(async () => {
  await client?.close();
  await engine?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const rowsOf = async (query: string, more: Record<string, unknown> = {}) =>
  (await client.query({ query, format: 'JSONEachRow', ...more })).json<Record<string, unknown>>();
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof ClickHouseError ? error.code : String(error)),
  );

it('answers a ping, and says which version it is', async () => {
  expect(await client.ping()).toEqual({ success: true });
  const [row] = await rowsOf('SELECT version() AS v');
  expect(row?.v).toMatch(/^\d+\.\d+/);
});

it.each([
  ['in the address', {}],
  ['as a form', { use_multipart_params: true }],
])('binds parameters of every type as values, never as text: %s', async (_name, way) => {
  const values = {
    s: `it's "quoted" \\ back\tslash\n{x:String} -- 😀`,
    n: 9_007_199_254_740_991,
    f: 0.5,
    list: ["a'b", 'c,d', '\\'],
    at: new Date(Date.UTC(2026, 9, 25, 1, 2, 3)),
    no: null,
  };
  const [row] = await rowsOf(
    `SELECT {s:String} AS s, {n:Int64} AS n, {f:Float64} AS f, {list:Array(String)} AS list,
            {at:DateTime('UTC')} AS at, {no:Nullable(String)} AS no`,
    { query_params: values, ...way },
  );
  expect(row).toEqual({
    s: values.s,
    n: values.n,
    f: 0.5,
    list: values.list,
    at: '2026-10-25 01:02:03',
    no: null,
  });
});

it('a list that is longer than an address may be', async () => {
  const list = Array.from({ length: 10_000 }, (_, i) => `value-${i}`);
  const query = 'SELECT length({list:Array(String)}) AS n';
  const more = { query_params: { list }, use_multipart_params_auto: true };
  expect((await rowsOf(query, more)).map(({ n }) => Number(n))).toEqual([10_000]);
});

it('keeps settings to the request that brought them', async () => {
  const setting = `SELECT value FROM system.settings WHERE name = 'max_block_size'`;
  const before = await rowsOf(setting);
  const during = await rowsOf(setting, { clickhouse_settings: { max_block_size: '777' } });
  expect(during).toEqual([{ value: '777' }]);
  for (let i = 0; i < 12; i++) expect(await rowsOf(setting)).toEqual(before); // whichever session answers
});

it('a setting or database that the engine refuses leaves nothing behind', async () => {
  const setting = `SELECT value FROM system.settings WHERE name = 'max_block_size'`;
  const before = await rowsOf(setting);
  for (let i = 0; i < 12; i++) {
    const settings = { max_block_size: '777', no_such_setting: '1' };
    expect(await codeOf(rowsOf(setting, { clickhouse_settings: settings }))).toBe('115');
    expect(await rowsOf(setting)).toEqual(before);
  }
  const nowhere = connect({ database: 'nowhere' });
  expect(await codeOf(nowhere.query({ query: 'SELECT 1', format: 'JSONEachRow' }))).toBe('81');
  await nowhere.close();
  for (let i = 0; i < 12; i++)
    expect(await rowsOf('SELECT currentDatabase() AS d')).toEqual([{ d: 'default' }]);
});

it('queries that only read go before inserts, and those before merges', async () => {
  const query = `SELECT getSetting('os_threads_nice_value_query')::UInt32 AS nice`;
  expect(await rowsOf(query, { clickhouse_settings: { readonly: '2' as const } })).toEqual([{ nice: 8 }]);
  expect(await rowsOf(query)).toEqual([{ nice: 10 }]);
  const merges = `SELECT toUInt32(value) AS nice FROM system.server_settings WHERE name = 'os_threads_nice_value_merge_mutate'`;
  expect(await rowsOf(merges)).toEqual([{ nice: 15 }]);
});

it('with readonly, only one statement that reads', async () => {
  await client.command({
    query: 'CREATE OR REPLACE TABLE held (n UInt8) ENGINE = MergeTree ORDER BY n',
  });
  const readonly = { clickhouse_settings: { readonly: '2' as const, max_execution_time: 5 } };
  expect(await rowsOf(`SELECT 'a;b' AS x, 1 AS n -- ; DROP TABLE held`, readonly)).toEqual([
    { x: 'a;b', n: 1 },
  ]);
  for (const query of [
    'INSERT INTO held VALUES (1)',
    'DROP TABLE held',
    'SELECT 1; DROP TABLE held',
    'WITH 1 AS x INSERT INTO held SELECT x',
    'ALTER TABLE held DELETE WHERE 1',
  ])
    expect(await codeOf(client.command({ query, ...readonly })), query).toBe('164');
  expect(await rowsOf('SELECT count()::UInt32 AS c FROM held')).toEqual([{ c: 0 }]);
});

it.each([true, false])('sends and takes compressed bodies: %s', async (compressed) => {
  const packed = connect({ compression: { request: compressed, response: compressed } });
  await packed.command({
    query: 'CREATE OR REPLACE TABLE packed (n UInt64, s String) ENGINE = MergeTree ORDER BY n',
  });
  const values = Array.from({ length: 5_000 }, (_, n) => ({ n, s: `value ${n} é😀\n"` }));
  await packed.insert({ table: 'packed', values, format: 'JSONEachRow' });
  const result = await packed.query({
    query: 'SELECT n::UInt32 AS n, s FROM packed ORDER BY n',
    format: 'JSONEachRow',
  });
  expect(await result.json()).toEqual(values);
  await packed.close();
});

it('inserts and reads the formats that the server uses', async () => {
  await client.command({
    query: 'CREATE OR REPLACE TABLE shapes (a Int32, b String) ENGINE = MergeTree ORDER BY a',
  });
  await client.insert({ table: 'shapes', values: [[1, 'one']], format: 'JSONCompactEachRow' });
  await client.insert({
    table: 'shapes',
    values: [{ a: 2, b: 'two' }],
    format: 'JSONEachRow',
    columns: ['a', 'b'],
  });
  await client.command({ query: `INSERT INTO shapes VALUES (3, 'three')` });
  expect(await rowsOf('SELECT a, b FROM shapes ORDER BY a')).toEqual([
    { a: 1, b: 'one' },
    { a: 2, b: 'two' },
    { a: 3, b: 'three' },
  ]);
  const none = await client.query({ query: 'SELECT a FROM shapes WHERE a > 99', format: 'JSONEachRow' });
  expect(await none.json()).toEqual([]);
});

it('streams three million rows without holding them', async () => {
  const result = await client.query({
    query: 'SELECT number AS n FROM numbers(3000000)',
    format: 'JSONCompactEachRow',
  });
  let rows = 0;
  let last = '';
  for await (const chunk of result.stream()) {
    rows += chunk.length;
    last = chunk.at(-1)?.text ?? last;
  }
  expect(rows).toBe(3_000_000);
  expect(JSON.parse(last)).toEqual([2_999_999]);
});

describe('errors come as ClickHouse sends them', () => {
  it.each([
    ['SELEC 1', '62'],
    ['SELECT * FROM nowhere', '60'],
    ['SELECT * FROM nowhere.nothing', '81'],
    ['SELECT nothing', '47'],
    ['SELECT throwIf(number = 2) FROM numbers(3)', '395'],
    [`SELECT toUInt8('x')`, '6'],
  ])('%s: %s', async (query, code) => {
    expect(await codeOf(rowsOf(query))).toBe(code);
  });

  it('a limit of time or memory that is passed', async () => {
    const slow = 'SELECT sum(cityHash64(number)) AS s FROM numbers(100000000000)';
    expect(await codeOf(rowsOf(slow, { clickhouse_settings: { max_execution_time: 1 } }))).toBe('159');
    const large = 'SELECT count() AS c FROM (SELECT number FROM numbers(50000000) GROUP BY number)';
    expect(await codeOf(rowsOf(large, { clickhouse_settings: { max_memory_usage: '50000000' } }))).toBe(
      '241',
    );
    expect(await rowsOf('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('a wrong password, and none', async () => {
    for (const password of ['wrong', '']) {
      const stranger = connect({ password });
      expect(await codeOf(stranger.query({ query: 'SELECT 1', format: 'JSONEachRow' }))).toBe('516');
      await stranger.close();
    }
  });

  it('a parameter that the request does not bring, though an earlier one did', async () => {
    const query = 'SELECT {only_here:UInt8} AS x';
    for (let i = 0; i < 12; i++)
      expect(await rowsOf(query, { query_params: { only_here: i } })).toEqual([{ x: i }]);
    for (let i = 0; i < 12; i++) expect(await codeOf(rowsOf(query))).toBe('456');
    expect(await rowsOf(`SELECT '{only_here:UInt8}' AS x -- {only_here:UInt8}`)).toEqual([
      { x: '{only_here:UInt8}' },
    ]);
  });

  it('in the middle of a stream: the reader never takes a part for the whole', async () => {
    const result = await client.query({
      query: 'SELECT throwIf(number = 2000000) AS z, number AS n FROM numbers(3000000)',
      format: 'JSONCompactEachRow',
      clickhouse_settings: { max_threads: 1 },
    });
    let rows = 0;
    const read = (async () => {
      for await (const chunk of result.stream()) rows += chunk.length;
    })();
    await expect(read).rejects.toThrow();
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(3_000_000);
  });
});

it('formats with a head and a foot have one of each, however many blocks and parts the rows come from', async () => {
  await client.command({
    query: 'CREATE OR REPLACE TABLE blocks (n UInt32) ENGINE = MergeTree ORDER BY n',
  });
  for (const n of [1, 2, 3]) await client.command({ query: `INSERT INTO blocks VALUES (${n})` });
  const query = 'SELECT n FROM blocks ORDER BY n';
  const ask = (format: 'JSON' | 'CSVWithNames', sql = query) =>
    client.query({ query: sql, format, clickhouse_settings: { max_block_size: '1' } });
  expect(await (await ask('JSON')).json()).toMatchObject({ rows: 3, data: [{ n: 1 }, { n: 2 }, { n: 3 }] });
  expect(await (await ask('JSON', `${query} LIMIT 0`)).json()).toMatchObject({ rows: 0, data: [] });
  expect(await (await ask('CSVWithNames')).text()).toBe('"n"\n1\n2\n3\n');
  const named = await client.exec({ query: `${query} FORMAT TSVWithNames SETTINGS max_block_size = 1` });
  expect(Buffer.concat(await named.stream.toArray()).toString()).toBe('n\n1\n2\n3\n');
});

it('an insert is whole or not at all', async () => {
  await client.command({ query: 'CREATE OR REPLACE TABLE whole (n UInt8) ENGINE = MergeTree ORDER BY n' });
  const body = client.insert({
    table: 'whole',
    values: [{ n: 1 }, { n: 'many' }, { n: 3 }],
    format: 'JSONEachRow',
  });
  expect(await codeOf(body)).toBe('27');
  expect(await rowsOf('SELECT count()::UInt32 AS c FROM whole')).toEqual([{ c: 0 }]);
});

it('answers many at once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => rowsOf(`SELECT ${i} + sleep(0.01) AS n`)),
  );
  expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 40 }, (_, i) => i));
});

it('comes back on the same URL when it is killed, with its data', async () => {
  await client.command({ query: 'CREATE OR REPLACE TABLE kept (n UInt8) ENGINE = MergeTree ORDER BY n' });
  await client.insert({ table: 'kept', values: [{ n: 7 }], format: 'JSONEachRow' });
  const pid = engine.pid();
  process.kill(pid as number, 'SIGKILL');
  const [row] = await until(
    () => rowsOf('SELECT n FROM kept').catch(() => []),
    (rows) => rows.length > 0,
  );
  expect(row).toEqual({ n: 7 });
  expect(engine.pid()).not.toBe(pid);
});

describe('what the clients of ClickHouse send when they connect', () => {
  const ask = async (
    sql: string,
    parameters: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string }> => {
    const url = new URL(engine.url);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const authorization = `Basic ${Buffer.from(`${engine.username}:${engine.password}`).toString('base64')}`;
    const response = await fetch(url, { method: 'POST', body: sql, headers: { authorization, ...headers } });
    return { status: response.status, text: Buffer.from(await response.arrayBuffer()).toString('latin1') };
  };
  beforeAll(async () => {
    await client.command({ query: 'CREATE TABLE shown (a UInt8, b String) ENGINE = MergeTree ORDER BY a' });
    await client.insert({ table: 'shown', values: [{ a: 1, b: 'x' }], format: 'JSONEachRow' });
  });

  it.each([
    ['SHOW TABLES', /^.*shown\n/s],
    ['SHOW TABLES;', /shown/],
    ['-- who\n/* asks */ SHOW TABLES', /shown/],
    ['SHOW DATABASES', /default\n/],
    ['SHOW CREATE TABLE shown', /^CREATE TABLE default\.shown/],
    ['SHOW CREATE TABLE shown FORMAT JSONEachRow', /^\{"statement":"CREATE TABLE/],
    ['SHOW COLUMNS FROM shown', /^a\t/],
    [`SHOW SETTINGS LIKE 'max_threads'`, /^max_threads\t/],
    [`SHOW FUNCTIONS LIKE 'plus'`, /^plus\t/],
    ['DESCRIBE TABLE shown', /^a\tUInt8/],
    ['DESC shown FORMAT TabSeparated', /^a\tUInt8/],
    ['DESCRIBE (SELECT * FROM shown) FORMAT JSONEachRow', /^\{"name":"a","type":"UInt8"/],
    ['EXISTS TABLE shown', /^1\n$/],
    ['EXPLAIN SELECT a FROM shown', /shown/],
    ['EXPLAIN AST SELECT 1 FORMAT TSV', /SelectQuery/],
    ['SELECT version(), timezone(), currentUser(), displayName(), revision()', /^\d+\.\d+.*\tUTC\tdefault\t/],
    [`SELECT getSetting('readonly')`, /^0\n$/],
    ['SELECT name FROM system.databases', /system\n/],
    [`SELECT name FROM system.tables WHERE database = 'default' AND name = 'shown'`, /^shown\n$/],
    [`SELECT name, type FROM system.columns WHERE table = 'shown'`, /^a\tUInt8\nb\tString\n$/],
    ['SELECT * FROM shown LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes', /^a\tb\nUInt8\tString\n$/],
    ['(SELECT 1)', /^1\n$/],
    ['FROM shown SELECT b', /^x\n$/],
    ['SELECT * FROM shown FORMAT Null', /^$/],
  ])('%s', async (sql, answer) => {
    const { status, text } = await ask(sql);
    expect(text).toMatch(answer);
    expect(status).toBe(200);
  });

  it.each([
    ['JSON', /"rows": 1/],
    ['JSONCompact', /"rows": 1/],
    ['JSONEachRow', /^\{"name":"shown"\}\n$/],
    ['JSONCompactEachRowWithNamesAndTypes', /^\["name"\]\n\["String"\]\n\["shown"\]\n$/],
    ['TabSeparatedWithNamesAndTypes', /^name\nString\nshown\n$/],
    ['CSVWithNames', /^"name"\n"shown"\n$/],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: binary formats
    ['RowBinaryWithNamesAndTypes', /^\x01\x04name\x06String\x05shown$/],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: binary formats
    ['Native', /^\x01\x01\x04name\x06String\x05shown$/],
  ])('default_format=%s, with what else drivers add', async (default_format, answer) => {
    const more = {
      wait_end_of_query: '1',
      readonly: '1',
      enable_http_compression: '1',
      max_result_rows: '100',
    };
    for (const sql of [`SHOW TABLES LIKE 'shown'`, `SELECT name FROM system.tables WHERE name = 'shown'`])
      expect(await ask(sql, { default_format, ...more })).toEqual({
        status: 200,
        text: expect.stringMatching(answer),
      });
  });

  it('every way of @clickhouse/client', async () => {
    const shown = await client.query({ query: `SHOW TABLES LIKE 'shown'`, format: 'JSONEachRow' });
    expect(await shown.json()).toEqual([{ name: 'shown' }]);
    const { stream } = await client.exec({ query: 'EXISTS TABLE shown' });
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('1\n');
    await client.command({ query: 'EXISTS TABLE shown' });
    for (const format of ['JSONEachRow', 'JSONCompactEachRow', 'JSON'] as const)
      expect(await (await client.query({ query: 'DESCRIBE TABLE shown', format })).text()).toContain('UInt8');
  });

  it('user, database and format in the URL or in headers', async () => {
    const { username: user, password } = engine;
    const inUrl = new URLSearchParams({
      user,
      password,
      database: 'system',
      query: 'SELECT currentDatabase()',
    });
    expect(await (await fetch(`${engine.url}/?${inUrl}`)).text()).toBe('system\n');
    inUrl.set('password', 'wrong');
    expect((await fetch(`${engine.url}/?${inUrl}`)).status).toBe(403);
    const headers = { 'x-clickhouse-database': 'system', 'x-clickhouse-format': 'JSONEachRow' };
    expect((await ask('SELECT currentDatabase() AS d', {}, headers)).text).toBe('{"d":"system"}\n');
    expect(await (await fetch(engine.url)).text()).toBe('Ok.\n');
  });

  it('a compression of blocks, which this server does not know, is refused rather than ignored', async () => {
    for (const name of ['compress', 'decompress'])
      expect(await ask('SELECT 1', { [name]: '1' })).toMatchObject({
        status: 501,
        text: expect.stringContaining('enable_http_compression'),
      });
  });
});
