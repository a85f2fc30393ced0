// npm run check: what is worth knowing before a commit, in under a minute: types, lint and the tests that need no store.
import { build, checkNode, install, run } from './lib.mjs';

const node = process.execPath;
checkNode();
install();
build();
run('Type check', node, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.tests.json']);
run('Lint', node, ['node_modules/@biomejs/biome/bin/biome', 'check', '.']);
run('Unit tests', node, [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  'unit',
  ...process.argv.slice(2),
]);
