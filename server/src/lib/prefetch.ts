import type { IncomingHttpHeaders } from 'node:http';

/**
 * A browser that fetches ahead of a visit that may never come (Sec-Purpose, and its forerunners): nothing happened, and there is nothing
 * to try again. The request of the visit itself comes later.
 */
export function isPrefetch({ headers }: { headers: IncomingHttpHeaders }): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-purpose'] ?? headers['x-moz'];
  return purpose !== undefined && /^\s*(?:prefetch|prerender|preview)\b/i.test(String(purpose));
}
