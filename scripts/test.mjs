// npm test: everything that CI runs. Extra arguments go to Vitest: npm test -- relay
import { build, checkNode, ensurePrograms, install, run } from './lib.mjs';

const node = process.execPath;
checkNode();
install();
ensurePrograms([
  { program: 'redis-server', package: 'redis-server' },
  { program: 'chromium', package: 'chromium' },
]);
build();
run('Type check', node, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.tests.json']);
run('Lint', node, ['node_modules/@biomejs/biome/bin/biome', 'check', '.']);
run('Tests', node, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]);
