import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BASELINE, planUpgrade, type Schema, UnsupportedSchema } from './schema.js';

const schema: Schema = {
  store: 'the ledger',
  tables: ['tables'],
  migrations: [
    { version: 101, name: '0101_one', sql: 'one' },
    { version: 102, name: '0102_two', sql: 'two' },
  ],
  code: ['code'],
  beforeBaseline: [1, 2, 9],
};
const NEWER = [
  { version: 101, name: '0101_one' },
  { version: 102, name: '0102_two' },
];
const plan = (applied: number[]) => {
  const { sql, versions } = planUpgrade(schema, applied);
  return { sql, versions: versions.map(({ version, name }) => ({ version, name })) };
};

it('an empty store gets the tables, then every migration, then the code', () => {
  expect(plan([])).toEqual({ sql: ['tables', 'one', 'two', 'code'], versions: [BASELINE, ...NEWER] });
});

it('a store of the last build before the baseline is taken over as it is', () => {
  expect(plan([9, 1, 2])).toEqual({ sql: ['one', 'two', 'code'], versions: [BASELINE, ...NEWER] });
});

it('a store that is behind gets the migrations it lacks, and the code anew; one that is not gets nothing', () => {
  expect(plan([100, 101])).toEqual({ sql: ['two', 'code'], versions: NEWER.slice(1) });
  expect(plan([1, 2, 9, 100, 101, 102])).toEqual({ sql: [], versions: [] });
});

it.each([
  ['has one migration less than the last build before the baseline', [1, 2], /at version 2, from before/],
  ['has one that no build had', [1, 2, 8, 9], /at version 9, from before .* commit [0-9a-f]{7} once/],
  ['is newer', [100, 101, 102, 103], /at version 103, this release knows 102\. Start a newer one/],
])('a store is refused that %s', (_, applied, message) => {
  expect(() => plan(applied)).toThrow(UnsupportedSchema);
  expect(() => plan(applied)).toThrow(message);
});

// What `checksums.txt` is for: see docs/schema.md.
describe.each([
  ['ledger', 'functions'],
  ['analytics', 'views'],
])('the schema of %s', (store, code) => {
  const folder = new URL(`../${store}/schema/`, import.meta.url);
  const files = { tables: read('tables'), migrations: read('migrations'), [code]: read(code) };
  const recorded = readFileSync(new URL('checksums.txt', folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/));

  function read(name: string): { name: string; text: string }[] {
    return readdirSync(new URL(`${name}/`, folder))
      .filter((file) => !file.startsWith('.'))
      .sort()
      .map((file) => ({ name: file, text: readFileSync(new URL(`${name}/${file}`, folder), 'utf8') }));
  }

  it('has files in an order that their numbers say, each number once', () => {
    for (const [name, digits] of [
      ['tables', 2],
      ['migrations', 4],
      [code, 2],
    ] as const) {
      const names = (files[name] ?? []).map((file) => file.name);
      for (const file of names) expect(file).toMatch(new RegExp(`^\\d{${digits}}_[a-z_]+\\.sql$`));
      expect(new Set(names.map((file) => Number(file.slice(0, digits)))).size).toBe(names.length);
    }
    for (const { name } of files.migrations)
      expect(Number(name.slice(0, 4))).toBeGreaterThan(BASELINE.version);
  });

  it('has tables and migrations that do not change any more: a change is a new migration', () => {
    expect(recorded.map(([name, text]) => [name, text])).toEqual([
      [BASELINE.name, checksum(files.tables)],
      ...files.migrations.map((file) => [file.name.replace('.sql', ''), checksum([file])]),
    ]);
  });

  it(`has ${code} that existing stores get with the newest migration`, () => {
    expect(recorded.at(-1)?.[2]).toBe(checksum(files[code] ?? []));
  });
});

function checksum(files: readonly { text: string }[]): string {
  const hash = createHash('sha256');
  for (const { text } of files) hash.update(text);
  return hash.digest('hex').slice(0, 12);
}
