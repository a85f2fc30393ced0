// The commands other than start and test: node scripts/cli.mjs import FILE …
import { build, checkNode, fail, install, root } from './lib.mjs';

const COMMANDS = ['import', 'demo', 'rebuild', 'privacy', 'backup', 'restore', 'setup', 'access'];
const [command] = process.argv.slice(2);
if (!COMMANDS.includes(command)) fail(`Commands: ${COMMANDS.join(', ')}`);
checkNode();
install();
build();
await import(`${root}/server/dist/tools/cli/${command}.js`);
