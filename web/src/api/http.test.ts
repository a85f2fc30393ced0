import { afterEach, expect, it, vi } from 'vitest';
import { explain, getJson, request, toApiError } from './http.js';

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
    Array.from({ length: 20 }, (_, i) => getJson(`/question/${i}`, leave.signal)),
  );
  await vi.waitFor(() => expect(asked).toHaveLength(4));
  const health = request('/health', { signal: leave.signal }).catch(() => null);
  expect(asked).toEqual([0, 1, 2, 3].map((i) => `/question/${i}`).concat('/health'));
  leave.abort();
  expect((await ends).every(({ status }) => status === 'rejected')).toBe(true);
  await health;
  expect(asked).toHaveLength(5);
});
