import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.js';
import { startTicking } from './state/tick.js';
import { mirrorToAddress } from './state/view.js';
import './styles.css';

/** How long the answers of views that are off screen are kept, in milliseconds. */
const OFF_SCREEN_KEPT_MS = 60_000;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The tick asks again every few seconds, so a failure shows at once and needs no retries of its own. It also refreshes
      // whatever becomes visible, and asks whether or not the browser believes to be online: the server may be local.
      retry: false,
      networkMode: 'always',
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      gcTime: OFF_SCREEN_KEPT_MS,
    },
  },
});

startTicking(client);
mirrorToAddress();

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
