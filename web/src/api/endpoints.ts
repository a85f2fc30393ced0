import type { HealthReply } from '@clickledger/contract';
import { ApiError, request } from './http.js';

/** Longest wait for the health reply, in milliseconds: shorter than a poll, so that "down" shows soon. */
const HEALTH_TIMEOUT_MS = 4_000;

/**
 * `GET /health`. A 503 with the usual body is an answer too: `accepting` is then false.
 * `clockOffsetMs` is how far the server's clock is ahead of this browser's. Throws `ApiError`.
 */
export async function fetchHealth(
  signal: AbortSignal,
): Promise<HealthReply & { accepting: boolean; clockOffsetMs: number }> {
  const sentAt = Date.now();
  const response = await request('/health', { signal, timeoutMs: HEALTH_TIMEOUT_MS });
  const middleMs = (sentAt + Date.now()) / 2;
  const body = (await response.json().catch(() => null)) as HealthReply | null;
  if (!body?.services) throw new ApiError(response.status, 'http', 'No health reply.');
  return { ...body, accepting: response.ok, clockOffsetMs: Date.parse(body.timestamp) - middleMs };
}
