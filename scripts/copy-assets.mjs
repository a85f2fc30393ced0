// Copies what tsc leaves behind (SQL, Lua) from server/src to server/dist.
import { cpSync } from 'node:fs';

cpSync('server/src', 'server/dist', {
  recursive: true,
  filter: (path) => !/\.tsx?$/.test(path) && !path.includes('/testing'),
});
