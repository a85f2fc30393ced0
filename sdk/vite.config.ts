import { defineConfig } from 'vite';

/** The script of advertised pages, beside the dashboard: the server serves both. */
export default defineConfig({
  build: {
    lib: { entry: 'src/clickledger.ts', formats: ['iife'], name: 'script', fileName: () => 'clickledger.js' },
    outDir: '../web/dist',
    emptyOutDir: false,
    target: 'es2018',
    minify: 'oxc',
  },
});
