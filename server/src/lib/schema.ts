import { readdirSync, readFileSync } from 'node:fs';

/** The schema that `tables/` describes. New stores begin with it; numbered migrations follow. */
export const BASELINE = { version: 100, name: '0100_baseline' };

/** The schema of a store is none that this release can use or upgrade. The message says which release can. */
export class UnsupportedSchema extends Error {
  override name = 'UnsupportedSchema';
}

/** What a store's schema is made from. docs/schema.md says how to change it. */
export interface Schema {
  /** For messages, as in `the ledger`. */
  store: string;
  /** Made once, in a new store, as they were at the baseline. */
  tables: readonly string[];
  /** Changes of what is stored since the baseline, in order. */
  migrations: readonly { version: number; name: string; sql: string }[];
  /** Functions, triggers and views, each as it is now. Applied again after every migration, so each statement may run twice. */
  code: readonly string[];
  /** All migrations of the builds before the baseline, in order: a store that has them has the baseline's schema. */
  beforeBaseline: readonly number[];
}

/** The `.sql` files of a folder, in the order of their numbers. */
const filesOf = (folder: URL): { name: string; sql: string }[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: file.replace('.sql', ''), sql: readFileSync(new URL(file, folder), 'utf8') }));

/** Reads `tables/`, `migrations/` and the folder of the code. */
export function readSchema(parts: {
  store: string;
  folder: URL;
  code: string;
  beforeBaseline: readonly number[];
}): Schema {
  const { store, folder, code, beforeBaseline } = parts;
  const read = (name: string) => filesOf(new URL(`${name}/`, folder));
  return {
    store,
    tables: read('tables').map(({ sql }) => sql),
    migrations: read('migrations').map((file) => ({ ...file, version: Number(file.name.slice(0, 4)) })),
    code: read(code).map(({ sql }) => sql),
    beforeBaseline,
  };
}

/**
 * What a store needs to have this release's schema.
 *
 * @param applied the versions that the store has noted; none: it is empty
 * @returns the SQL to run, in order, and the versions to note with it
 * @throws UnsupportedSchema
 */
export function planUpgrade(
  schema: Schema,
  applied: readonly number[],
): { sql: readonly string[]; versions: readonly { version: number; name: string }[] } {
  const newest = schema.migrations.at(-1)?.version ?? BASELINE.version;
  const found = Math.max(0, ...applied);
  if (found > newest)
    throw new UnsupportedSchema(
      `The schema of ${schema.store} is at version ${found}, this release knows ${newest}. Start a newer one.`,
    );
  const hasBaseline = applied.includes(BASELINE.version);
  const isNew = applied.length === 0;
  const isFromBefore = [...new Set(applied)].sort((a, b) => a - b).join() === schema.beforeBaseline.join();
  if (!hasBaseline && !isNew && !isFromBefore)
    throw new UnsupportedSchema(
      `The schema of ${schema.store} is at version ${found}, from before the first one that this release can upgrade. Start the build of commit 3df87a3 once, then this one.`,
    );
  const migrations = schema.migrations.filter(({ version }) => !applied.includes(version));
  if (hasBaseline && migrations.length === 0) return { sql: [], versions: [] };
  return {
    sql: [...(isNew ? schema.tables : []), ...migrations.map(({ sql }) => sql), ...schema.code],
    versions: hasBaseline ? migrations : [BASELINE, ...migrations],
  };
}
