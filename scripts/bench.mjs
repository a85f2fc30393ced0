// npm run bench, npm run bench:query, bench:fraud, bench:pairs, bench:neighbors: builds everything and runs a bench. Arguments go to it: npm run bench -- --rounds 1
import { build, checkNode, ensurePrograms, install, root, run } from './lib.mjs';

const [name = 'main', ...args] = process.argv.slice(2);
checkNode();
install();
ensurePrograms([{ program: 'redis-server', package: 'redis-server' }]);
build();
run('Building the bench', process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'bench']);
run(null, process.execPath, [`${root}/bench/dist/${name}.js`, ...args]);
