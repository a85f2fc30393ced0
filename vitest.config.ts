import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const alias = {
  '@clickledger/contract': at('./contract/src/index.ts'),
  '@clickledger/traffic': at('./traffic/src/index.ts'),
};

/** Files at once: they often wait, for stores that start and stop and for pages. Each has stores, ports and folders of its own. */
const FILES_AT_ONCE = 3;

/** For `expect.poll`, which waits for a second unless told otherwise. */
const POLL = { poll: { timeout: 20_000 } };

/** The files that take longest, so that none of them is the last one running. Those that wait much stand between those that work. */
const LONGEST = [
  'e2e/dashboard',
  'server/src/relay/reconciliation',
  'e2e/process',
  'server/src/ledger/long-history',
  'e2e/dashboard-looks',
  'faults/src/faults',
  'e2e/pages',
  'e2e/access',
  'server/src/review/look-back/limits',
  'e2e/stopping',
  'server/src/relay/relay',
  'e2e/billing',
  'e2e/verdicts',
  'server/src/billing/billing-model',
  'server/src/privacy/privacy',
];
/** Then these, one after the other: files of one project share processes, which have loaded its modules. The short ones fill the end. */
const PROJECTS = ['e2e', 'integration', 'unit'];

/** Within these, Vitest sorts by what it knows from earlier runs, and begins with the largest files where it knows nothing. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      const among = LONGEST.findIndex((path) => moduleId.includes(`/${path}.`));
      return among >= 0 ? among : LONGEST.length + PROJECTS.indexOf(project.name);
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/**
 * `unit`: pure code, no store. `integration` (`*.it.test.ts`): real PostgreSQL, Redis and ClickHouse engines.
 * `e2e`: the built system, in a browser. Nothing is skipped: a missing store fails the run and says what to install.
 */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally.mjs'],
    sequence: { sequencer: LongestFirst },
    coverage: {
      provider: 'v8',
      include: ['{contract,traffic,server,web}/src/**/*.{ts,tsx}'],
      exclude: ['**/*.test.{ts,tsx}', '**/testing/**'],
      reporter: [['text', { skipFull: true }], 'html', 'json-summary'],
    },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: [
            '{contract,traffic,server}/src/**/*.test.ts',
            'web/src/**/*.test.{ts,tsx}',
            'faults/src/checker/*.test.ts',
            'bench/src/**/*.test.ts',
            'scripts/*.test.ts',
          ],
          exclude: ['**/*.it.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
          // Half of the time goes into loading modules: files share them. A module that remembers something has no business here.
          isolate: false,
          unstubGlobals: true,
          expect: POLL,
          maxWorkers: FILES_AT_ONCE,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          globalSetup: './server/src/testing/data-dir-template.ts',
          include: ['server/src/**/*.it.test.ts'],
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: FILES_AT_ONCE,
          pool: 'forks',
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          globalSetup: './server/src/testing/data-dir-template.ts',
          include: ['e2e/**/*.test.ts', 'faults/src/*.test.ts'],
          testTimeout: 180_000,
          expect: POLL,
          hookTimeout: 180_000,
          maxWorkers: FILES_AT_ONCE,
          pool: 'forks',
        },
      },
    ],
  },
});
