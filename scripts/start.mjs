// npm start: installs what is missing, builds what changed, and runs the server until it ends.
import { spawn } from 'node:child_process';
import { build, checkNode, install, root } from './lib.mjs';

checkNode();
install();
build();
const { SERVER_NODE_ARGS } = await import(`${root}/server/dist/node-args.js`);
// The fourth channel tells the server when we are gone, however we ended: it then stops in order.
const server = spawn(process.execPath, [...SERVER_NODE_ARGS, `${root}/server/dist/main.js`], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.kill(signal));
server.once('exit', (code) => process.exit(code ?? 1));
