import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVER = 'http://127.0.0.1:3000';
/** What only some pages need, and then on demand: the chart, the map, reports. */
const ON_DEMAND =
  /uplot|pdf-lib|pako|topojson|world-atlas|d3-|\/charts\/(TimeChart|WorldMap)|\/export\/(sheet|save-report)/;

export default defineConfig({
  plugins: [react(), tailwindcss()],
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
