import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ME } from './api/access.js';
import { ApiError } from './api/http.js';
import { router } from './router.js';
import './styles.css';

/** How long the answers of views that are off screen are kept, in milliseconds. */
const OFF_SCREEN_KEPT_MS = 60_000;

/** A session that is over: it is asked who is signed in, and the answer leads to the page for that. */
const onError = (error: unknown) => {
  if (error instanceof ApiError && error.status === 401) void client.invalidateQueries({ queryKey: ['me'] });
};

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      // What is on screen is asked again every few seconds, so a failure shows at once and needs no retries of its own.
      // It asks whether or not the browser believes to be online: the server may be local.
      retry: false,
      networkMode: 'always',
      refetchOnWindowFocus: true,
      refetchOnReconnect: true,
      gcTime: OFF_SCREEN_KEPT_MS,
    },
    mutations: { networkMode: 'always' },
  },
});

// While the page's own code is loaded: nothing is asked before it is known who asks.
void client.prefetchQuery(ME);

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
