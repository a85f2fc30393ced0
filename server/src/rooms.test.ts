import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = import.meta.dirname;
const FEATURES = [
  'attribution',
  'conversions',
  'impressions',
  'review',
  'alerts',
  'accounts',
  'billing',
  'privacy',
  'links',
];
const STORES = ['ledger', 'analytics'];

/**
 * What each room may use, beside `contract/` and its own inside; a room stands below all that it uses, so there is no circle. The
 * pages of docs/architecture.md say what each room is for.
 */
const MAY_USE: Record<string, readonly string[]> = {
  click: [],
  lib: [],
  enrich: ['click', 'lib'],
  guard: ['click', 'lib'],
  fraud: ['click', 'lib'],
  ledger: ['click', 'lib'],
  ingest: ['click', 'lib', 'enrich', 'guard', 'fraud', 'ledger'],
  impressions: ['lib', 'enrich', 'ledger'],
  analytics: ['click', 'lib'],
  relay: ['click', 'lib', ...STORES],
  attribution: ['click', 'lib', ...STORES],
  audit: ['lib'],
  review: ['click', 'lib', 'enrich', 'fraud', 'audit', ...STORES],
  conversions: ['lib', 'guard', 'ingest', 'audit', 'ledger'],
  alerts: ['lib', 'audit', ...STORES],
  accounts: ['lib', 'audit', ...STORES],
  billing: ['lib', 'audit', 'accounts', ...STORES],
  privacy: ['lib', 'audit', ...STORES],
  links: ['click', 'lib', 'ingest', 'audit', ...STORES],
  live: ['lib', 'analytics'],
  http: ['click', 'lib', 'enrich', 'ingest', 'relay', 'audit', 'live', ...STORES, ...FEATURES],
  embedded: ['lib'],
  config: ['lib', 'enrich', 'accounts'],
  system: [
    ...[
      'config',
      'click',
      'lib',
      'enrich',
      'guard',
      'fraud',
      'ingest',
      'relay',
      'audit',
      'live',
      'http',
      'embedded',
    ],
    ...STORES,
    ...FEATURES,
  ],
  tools: [
    'config',
    'click',
    'lib',
    'enrich',
    'fraud',
    'ingest',
    'conversions',
    'ledger',
    'links',
    'relay',
    'links',
    'accounts',
    'http',
    'embedded',
    'system',
  ],
  main: ['config', 'lib', 'enrich', 'ledger', 'accounts', 'http', 'embedded', 'system'],
};

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !/\.(test|contract)\.ts$|(^|\/)testing\//.test(path),
);
const roomOf = (path: string) => path.split('/')[0]?.replace(/\.ts$/, '') ?? '';

/** The files that each file imports, also for their types alone. */
const importsOf = new Map(
  files.map((path) => {
    const text = readFileSync(join(SOURCE, path), 'utf8');
    const targets = [...text.matchAll(/(?:from|import\() ?'(\.[^']+)\.js'/g)].map(([, target]) =>
      relative(SOURCE, normalize(join(SOURCE, path, '..', `${target}.ts`))),
    );
    return [path, targets] as const;
  }),
);

describe('the rooms of the server', () => {
  it('are all in the table', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(MAY_USE).sort());
  });

  it('use no room that the table does not allow them', () => {
    const strangers = [...importsOf].flatMap(([path, targets]) =>
      targets
        .filter(
          (target) => roomOf(target) !== roomOf(path) && !MAY_USE[roomOf(path)]?.includes(roomOf(target)),
        )
        .map((target) => `${path} → ${target}`),
    );
    expect(strangers).toEqual([]);
  });

  it('are in an order: the table allows no circle', () => {
    const rooms = Object.keys(MAY_USE);
    const places = new Map<string, number>();
    const placeOf = (room: string, below: readonly string[] = []): number => {
      expect(below).not.toContain(room);
      const known = places.get(room);
      if (known !== undefined) return known;
      const place = Math.max(0, ...(MAY_USE[room] ?? []).map((used) => placeOf(used, [...below, room]) + 1));
      places.set(room, place);
      return place;
    };
    for (const room of rooms) placeOf(room);
    expect(places.size).toBe(rooms.length);
  });

  it('have no circle of files inside', () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
      if (done.has(path) || way.includes(path)) return;
      for (const target of importsOf.get(path) ?? []) visit(target, [...way, path]);
      done.add(path);
    };
    for (const path of files) visit(path, []);
    expect(circles).toEqual([]);
  });
});
