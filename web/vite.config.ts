import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { ACCESS_TABLE } from '@clickledger/contract';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const SERVER = 'http://127.0.0.1:3000';
/** What only some pages need, and then on demand: the chart, the map, reports. */
const ON_DEMAND =
  /uplot|pdf-lib|pako|topojson|world-atlas|d3-|\/charts\/(TimeChart|WorldMap)|\/export\/(sheet|save-report)/;

/**
 * The table of access comes from the declarations of the routes, which hold all schemas. The dashboard needs the table alone: it gets
 * it as values, and a build that would load zod all the same fails.
 */
const plainAccessTable: Plugin = {
  name: 'plain-access-table',
  load: {
    filter: { id: /contract\/(dist|src)\/access-table\.[jt]s$/ },
    handler: () => `export const ACCESS_TABLE = ${JSON.stringify(ACCESS_TABLE)};`,
  },
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type === 'chunk' && chunk.moduleIds.some((id) => id.includes('/node_modules/zod/')))
        this.error(`${chunk.fileName} has zod in it: import types alone from the contract's schemas`);
  },
};

/** The script of the theme blocks the first paint: with a hash in its name it is asked for once, as all other code is. */
const hashedTheme: Plugin = {
  name: 'hashed-theme',
  apply: 'build',
  async buildStart() {
    const source = await readFile(join(import.meta.dirname, 'public/theme.js'), 'utf8');
    this.emitFile({ type: 'asset', name: 'theme.js', source });
  },
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle = {} }) {
      const hashed = Object.keys(bundle).find((name) => /^assets\/theme-[^/]+\.js$/.test(name));
      if (!hashed) throw new Error('The script of the theme was not built');
      return html.replace('"/theme.js"', `"/${hashed}"`);
    },
  },
};

const PACKERS = { br: promisify(brotliCompress), gz: promisify(gzip) };
/** A file that fits in one packet is sent as it is. */
const PACKED_BYTES_MIN = 1_400;

/** Beside each file of code and styles the same packed, once and as small as it gets: the server sends what a browser takes. */
const packedAssets: Plugin = {
  name: 'packed-assets',
  apply: 'build',
  async writeBundle({ dir = '' }, bundle) {
    const files = Object.values(bundle).map((file) => ({
      name: file.fileName,
      content: Buffer.from(file.type === 'chunk' ? file.code : file.source),
    }));
    const packed = files
      .filter(
        ({ name, content }) => /^assets\/.*\.(js|css)$/.test(name) && content.length >= PACKED_BYTES_MIN,
      )
      .flatMap(({ name, content }) =>
        Object.entries(PACKERS).map(async ([extension, pack]) =>
          writeFile(join(dir, `${name}.${extension}`), await pack(content)),
        ),
      );
    await Promise.all(packed);
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), plainAccessTable, hashedTheme, packedAssets],
  build: {
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What pages share comes in one file. Left alone it is thirty files, and each costs a round trip before the first figure.
          groups: [{ name: 'shared', minShareCount: 5, test: (id) => !ON_DEMAND.test(id) }],
        },
      },
    },
  },
  // `npm run dev -w web` talks to a server started with `npm start`.
  server: { proxy: { '/api': SERVER, '/health': SERVER } },
});
