import { afterEach, expect, it, vi } from 'vitest';
import { call, explain, pathOf, request, toApiError } from './http.js';

afterEach(() => vi.unstubAllGlobals());

it('a fault of the server names its request, to be looked up in the log', async () => {
  const response = new Response('{"error":{"code":"internal","message":"It failed."}}', {
    status: 500,
    headers: { 'x-request-id': 'abc-1' },
  });
  expect(explain(await toApiError(response))).toEqual({
    title: 'Server error',
    hint: 'The server’s log has the reason under request ID abc-1.',
  });
});

it('a store that is away is told as such', async () => {
  const response = new Response('{"error":{"code":"unavailable","message":"Away."}}', { status: 503 });
  expect(explain(await toApiError(response)).hint).toContain('Retrying every 5 seconds');
});

it('a server whose answers hang is asked few questions at a time, so that a browser has connections left for its health', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string, { signal }: { signal: AbortSignal }) => {
    signal.throwIfAborted();
    asked.push(path);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const leave = new AbortController();
  const ends = Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      call('GET /api/v1/clicks/:click_id', { params: { click_id: i }, signal: leave.signal }),
    ),
  );
  await vi.waitFor(() => expect(asked).toHaveLength(4));
  const health = request('/health', { signal: leave.signal }).catch(() => null);
  expect(asked).toEqual([0, 1, 2, 3].map((i) => `/api/v1/clicks/${i}`).concat('/health'));
  leave.abort();
  expect((await ends).every(({ status }) => status === 'rejected')).toBe(true);
  await health;
  expect(asked).toHaveLength(5);
});

it('a path has its parameters and its query, whatever is in them', () => {
  const one = { params: { campaign_id: 'a/b?c&d é' } };
  expect(pathOf('GET /api/v1/campaigns/:campaign_id', one)).toBe('/api/v1/campaigns/a%2Fb%3Fc%26d%20%C3%A9');
  expect(pathOf('GET /api/v1/campaigns', { query: { advertiser_id: 'a&b', limit: 5 } })).toBe(
    '/api/v1/campaigns?advertiser_id=a%26b&limit=5',
  );
  expect(pathOf('GET /api/v1/clicks', { query: 'os=iOS&os=' })).toBe('/api/v1/clicks?os=iOS&os=');
});

it('a call sends what its route takes, and reads what it replies; a reply without a body is nothing', async () => {
  const sent: unknown[] = [];
  vi.stubGlobal('fetch', async (path: string, { method, body }: RequestInit) => {
    sent.push([method, path, body]);
    return method === 'DELETE' ? new Response(null, { status: 204 }) : Response.json({ data: [] });
  });
  expect(await call('GET /api/v1/keys')).toEqual({ data: [] });
  expect(await call('DELETE /api/v1/keys/:key_id', { params: { key_id: 7 } })).toBe(undefined);
  await call('POST /api/v1/auth/reset/request', { body: { email: 'ann@shop.example' } });
  expect(sent).toEqual([
    ['GET', '/api/v1/keys', undefined],
    ['DELETE', '/api/v1/keys/7', undefined],
    ['POST', '/api/v1/auth/reset/request', '{"email":"ann@shop.example"}'],
  ]);
});
