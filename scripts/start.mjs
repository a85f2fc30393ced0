// npm start: installs what is missing, builds what changed, and runs the server until it ends.
import { spawn } from 'node:child_process';
import { build, checkNode, install, root } from './lib.mjs';

checkNode();
install();
build();
const { SERVER_NODE_ARGS } = await import(`${root}/server/dist/lib/node-args.js`);
// The fourth channel tells the server when we are gone, however we ended: it then stops in order.
const server = spawn(process.execPath, [...SERVER_NODE_ARGS, `${root}/server/dist/main.js`], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
// npm that is killed tells nobody: its child notices that it has another parent. (In package.json the script is `exec node …`:
// without it a shell stands between npm and us, and npm's SIGTERM ends there.)
const parent = process.ppid;
if (process.env.npm_lifecycle_event === 'start')
  setInterval(() => process.ppid !== parent && server.kill('SIGTERM'), 1_000).unref();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => server.kill(signal));
server.once('exit', (code) => process.exit(code ?? 1));
