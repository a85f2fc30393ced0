// npm start: installs what is missing, builds what changed, and becomes the server.
import { build, checkNode, install, root } from './lib.mjs';

checkNode();
install();
build();
await import(`${root}/server/dist/main.js`);
