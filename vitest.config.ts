import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const alias = { '@clickledger/contract': at('./contract/src/index.ts') };

/** Files at once: they mostly wait, for stores that start and stop and for pages. Each has stores, ports and folders of its own. */
const FILES_AT_ONCE = 3;

/**
 * `unit`: pure code, no store. `integration` (`*.it.test.ts`): real PostgreSQL, Redis and ClickHouse engines.
 * `e2e`: the built system, in a browser. Nothing is skipped: a missing store fails the run and says what to install.
 */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally.mjs'],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: [
            '{contract,server,web}/src/**/*.test.ts',
            'faults/src/checker/*.test.ts',
            'scripts/*.test.ts',
          ],
          exclude: ['**/*.it.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['server/src/**/*.it.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: FILES_AT_ONCE,
          sequence: { groupOrder: 1 },
          pool: 'forks',
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts', 'faults/src/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: FILES_AT_ONCE,
          sequence: { groupOrder: 2 },
          pool: 'forks',
        },
      },
    ],
  },
});
