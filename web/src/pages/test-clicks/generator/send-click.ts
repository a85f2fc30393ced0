import type { ClickReply } from '@clickledger/contract';
import { ApiError, request, toApiError } from '../../../api/http.js';
import type { PlannedClick } from './plan.js';
import type { Attempt } from './run.js';

const SEND_TIMEOUT_MS = 10_000;
/** Replies after which the same click may be sent again: in flight elsewhere, too many, or a server that is away. */
const RETRY_STATUSES = new Set([0, 409, 429, 502, 503, 504]);

/** `POST /api/v1/clicks?mode=test`, once. Never throws. */
export async function sendClick({ click, address, key }: PlannedClick): Promise<Attempt> {
  try {
    const response = await request('/api/v1/clicks', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key ? { 'idempotency-key': key } : {}),
        ...(address ? { 'x-forwarded-for': address } : {}),
      },
      // Under a key the server makes the id, and makes the same one of the same key.
      body: JSON.stringify(key ? { ...click, click_id: undefined } : click),
      timeoutMs: SEND_TIMEOUT_MS,
      data: 'test',
    });
    if (!response.ok) throw await toApiError(response);
    const reply = (await response.json()) as ClickReply;
    // The first reply again, with 200, is how a repeated key is answered.
    return {
      kind: 'reply',
      reply: { ...reply, is_duplicate: reply.is_duplicate || response.status === 200 },
    };
  } catch (error) {
    // A reply that broke off is as good as none: the click may or may not be stored.
    if (!(error instanceof ApiError))
      return { kind: 'retry', retryAfterMs: 0, message: 'The response was cut off.' };
    const { status, message, retryAfterMs } = error;
    if (RETRY_STATUSES.has(status)) return { kind: 'retry', retryAfterMs, message };
    return { kind: 'refused', message: `${status}: ${message}` };
  }
}
