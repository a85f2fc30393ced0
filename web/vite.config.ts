import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVER = 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // `npm run dev -w web` talks to a server started with `npm start`.
  server: { proxy: { '/api': SERVER, '/health': SERVER } },
});
