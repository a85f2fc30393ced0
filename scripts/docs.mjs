// npm run docs: writes docs/API.md from the schemas in contract/.
import { writeFileSync } from 'node:fs';
import { build, checkNode, install, root } from './lib.mjs';

checkNode();
install();
build();
const { apiMarkdown, openApiDocument } = await import(`${root}/contract/dist/index.js`);
writeFileSync(`${root}/docs/API.md`, apiMarkdown(openApiDocument('0')));
