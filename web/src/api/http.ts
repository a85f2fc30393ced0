import type { ChooseTenantReply, ErrorReply, Mode, ValidationErrorReply } from '@clickledger/contract';
import pLimit from 'p-limit';
import { withMode } from '../state/test-data.js';

/** Longest time a query of the dashboard may take, in milliseconds. */
const QUERY_TIMEOUT_MS = 15_000;

/**
 * Questions that are under way at a time; the rest wait. Over HTTP/1.1 a browser makes six connections to a server: one is the
 * dashboard's stream, and one stays free for health, or a page whose questions hang could not learn why.
 */
const QUESTIONS_MAX = 4;
const questions = pLimit(QUESTIONS_MAX);

/** A request that brought no usable answer. `status` is 0 when the server could not be reached or was too slow. */
export class ApiError extends Error {
  override name = 'ApiError';

  constructor(
    readonly status: number,
    /** Stable code from the server, or `unreachable`, `timeout`, `invalid` (a 400) or `http`. */
    readonly code: string,
    message: string,
    /** From `Retry-After`, in milliseconds; 0 when there was none. */
    readonly retryAfterMs = 0,
    /** What the server's log calls the request; null when no reply came. */
    readonly requestId: string | null = null,
    /** Of a 400: what is wrong, by the API's names of the fields. */
    readonly fieldErrors: Readonly<Record<string, readonly string[]>> = {},
    /** Of an address with accounts in several organizations: one of them has to be named. */
    readonly tenants: ChooseTenantReply['tenants'] = [],
  ) {
    super(message);
  }
}

/** What to tell people about a failed request, and what they can do. */
export function explain(error: unknown): { title: string; hint: string } {
  if (!(error instanceof ApiError)) return { title: 'Something went wrong', hint: String(error) };
  if (error.code === 'timeout')
    return { title: 'Request timed out', hint: 'Try again or choose a shorter range.' };
  if (error.status === 0)
    return { title: 'Can’t reach the server', hint: 'Check that ClickLedger is running, then retry.' };
  if (error.status === 401 || error.status === 403) return { title: 'No access', hint: error.message };
  if (error.status === 400) return { title: 'Invalid request', hint: error.message };
  if (error.status === 500)
    return {
      title: 'Server error',
      hint: `The server’s log has the reason under request ID ${error.requestId ?? 'unknown'}.`,
    };
  if (error.status >= 500)
    return {
      title: `Temporarily unavailable (${error.status})`,
      hint: `${error.message} Retrying every 5 seconds.`,
    };
  return { title: `Request failed (${error.status})`, hint: error.message };
}

/** Turns a reply that is not 2xx into an `ApiError`, whatever its body. */
export async function toApiError(response: Response): Promise<ApiError> {
  const retryAfterMs = Math.max(0, Number(response.headers.get('retry-after')) || 0) * 1_000;
  const requestId = response.headers.get('x-request-id');
  const body = (await response.json().catch(() => null)) as
    | ChooseTenantReply
    | ErrorReply
    | ValidationErrorReply
    | null;
  const error = body?.error;
  if (error && 'fieldErrors' in error) {
    const fields = Object.entries(error.fieldErrors).map(
      ([name, messages]) => `${name}: ${messages.join(', ')}`,
    );
    return new ApiError(
      response.status,
      'invalid',
      [...error.formErrors, ...fields].join('; '),
      retryAfterMs,
      requestId,
      error.fieldErrors,
    );
  }
  const message = error?.message ?? (response.statusText || 'No details available.');
  const tenants = body && 'tenants' in body ? body.tenants : [];
  return new ApiError(response.status, error?.code ?? 'http', message, retryAfterMs, requestId, {}, tenants);
}

/**
 * `fetch` of live or test data (by default what the pages show), with a time limit in milliseconds. Throws `ApiError` with status 0
 * when no reply came.
 */
export async function request(
  path: string,
  init: RequestInit & { timeoutMs?: number; data?: Mode | undefined } = {},
): Promise<Response> {
  const { timeoutMs = QUERY_TIMEOUT_MS, data, signal, ...rest } = init;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    return await fetch(withMode(path, data), { ...rest, signal: either });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (timeout.aborted) throw new ApiError(0, 'timeout', `No response within ${timeoutMs / 1_000} s.`);
    throw new ApiError(0, 'unreachable', 'Can’t reach the server.');
  }
}

/** GET of a JSON reply; its time limit begins when its turn comes. Throws `ApiError`. */
export function getJson<T>(path: string, signal: AbortSignal, data?: Mode): Promise<T> {
  return questions(async () => {
    const response = await request(path, { signal, data, headers: { accept: 'application/json' } });
    if (!response.ok) throw await toApiError(response);
    try {
      return (await response.json()) as T;
    } catch {
      throw new ApiError(response.status, 'http', 'The response wasn’t JSON.');
    }
  });
}

/** Sends JSON and reads the JSON reply. Throws `ApiError`. */
export async function sendJson<T>(method: 'PATCH' | 'PUT' | 'POST', path: string, body: unknown): Promise<T> {
  const response = await request(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await toApiError(response);
  return (await response.json()) as T;
}
