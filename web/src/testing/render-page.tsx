import type { MeReply } from '@clickledger/contract';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type RouterHistory,
  RouterProvider,
} from '@tanstack/react-router';
import { cleanup, configure, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import { useCurrency } from '../state/currency.js';
import { parseSearch, stringifySearch } from '../state/search.js';

// A machine that does other things too is slow.
configure({ asyncUtilTimeout: 20_000 });

const OWNER: NonNullable<MeReply['member']> = {
  email: 'owner@example.org',
  role: 'owner',
  tenant: { slug: 'acme', name: 'Acme', currency: 'EUR' },
  scopes: ['ingest', 'read', 'admin'],
  advertiser_ids: null,
  has_second_factor: false,
  is_operator: true,
};
export const ANALYST: typeof OWNER = { ...OWNER, role: 'analyst', scopes: ['read'], is_operator: false };

/** What the server would answer, by method and path without its query: a body, or a status with one. */
export type Answers = Record<string, unknown | ((body: unknown) => Response)>;

/** What a part of a page asked of the server, GET aside. */
export interface Sent {
  request: string;
  body: unknown;
}

/**
 * Draws a part of a page as it stands in the dashboard, for somebody at an address. The network ends here: a server that is asked for
 * what no answer is given for says 404.
 */
export async function renderPage(
  part: ReactNode,
  { answers = {}, member = OWNER, at = '/' }: { answers?: Answers; member?: typeof OWNER; at?: string } = {},
): Promise<{ user: ReturnType<typeof userEvent.setup>; sent: Sent[]; address: () => string }> {
  cleanup();
  const sent: Sent[] = [];
  vi.stubGlobal('fetch', async (path: string, { method = 'GET', body }: RequestInit = {}) => {
    const request = `${method} ${path.split('?')[0]}`;
    const json = typeof body === 'string' ? JSON.parse(body) : null;
    if (method !== 'GET') sent.push({ request, body: json });
    const answer = answers[request];
    if (typeof answer === 'function') return answer(json);
    return answer === undefined
      ? refusal(404, { code: 'not_found', message: 'Not found.' })
      : Response.json(answer);
  });
  if (typeof EventSource === 'undefined') vi.stubGlobal('EventSource', NoStream);
  const history: RouterHistory = createMemoryHistory({ initialEntries: [at] });
  const root = createRootRoute();
  const everyPage = createRoute({ getParentRoute: () => root, path: '$', component: () => part });
  const router = createRouter({
    routeTree: root.addChildren([everyPage]),
    history,
    parseSearch,
    stringifySearch,
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  client.setQueryData(['me'], { mode: 'configured', member });
  useCurrency.getState().setCurrency(member.tenant.currency);
  await router.load();
  render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  return { user: userEvent.setup(), sent, address: () => history.location.href };
}

/** A stream that never opens: figures are asked for. */
class NoStream {
  addEventListener() {}
  close() {}
}

/** An answer that refuses what was sent. */
export const refusal = (status: number, error: object): Response => Response.json({ error }, { status });

/** The texts of a column of the only table, from top to bottom. */
export const columnOf = (name: string): string[] => {
  const heads = screen.getAllByRole('columnheader').map((head) => head.textContent);
  const index = heads.indexOf(name);
  return screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.children[index]?.textContent ?? '');
};
