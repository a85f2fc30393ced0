import { expect, it } from 'vitest';
import { explain, toApiError } from './http.js';

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
