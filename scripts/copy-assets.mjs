// Copies what tsc leaves behind (SQL, Lua) from server/src to server/dist, and drops there what server/src no longer has: tsc never
// does, and a file that is read by its folder, such as a migration, would live on.
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = 'server/src';
const TARGET = 'server/dist';

cpSync(SOURCE, TARGET, {
  recursive: true,
  filter: (path) => !/\.tsx?$/.test(path) && !path.includes('/testing'),
});

const sourceOf = (path) => join(SOURCE, path.replace(/\.(?:d\.ts|js)(?:\.map)?$/, '.ts'));
for (const path of readdirSync(TARGET, { recursive: true, encoding: 'utf8' }))
  if (!existsSync(sourceOf(path))) rmSync(join(TARGET, path), { recursive: true, force: true });
