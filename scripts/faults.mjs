// npm run test:faults: builds everything and runs the fault test. Arguments go to it: npm run test:faults -- --seed 7
import { build, checkNode, ensurePrograms, install, root, run } from './lib.mjs';

checkNode();
install();
ensurePrograms([{ program: 'redis-server', package: 'redis-server' }]);
build();
run('Building the fault test', process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'faults']);
run(null, process.execPath, [`${root}/faults/dist/main.js`, ...process.argv.slice(2)]);
