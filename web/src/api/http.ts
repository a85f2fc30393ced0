import type {
  Action,
  Checked,
  ChooseTenantReply,
  ErrorReply,
  Mode,
  ReplyOf,
  Routes,
  Sent,
  ValidationErrorReply,
} from '@clickledger/contract';
import pLimit from 'p-limit';
import { withMode } from '../state/test-data.js';

/** Longest time a query of the dashboard may take, in milliseconds. */
export const QUERY_TIMEOUT_MS = 15_000;

/**
 * Questions that are under way at a time; the rest wait. Over HTTP/1.1 a browser makes six connections to a server: one is the
 * dashboard's stream, and one stays free for health, or a page whose questions hang could not learn why.
 */
const QUESTIONS_MAX = 4;
/** Does the work when it is its turn among the questions. */
export const inTurn = pLimit(QUESTIONS_MAX);

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

interface ErrorBody {
  error: (ErrorReply | ValidationErrorReply)['error'];
  tenants?: ChooseTenantReply['tenants'];
}

/** Turns a reply that is not 2xx into an `ApiError`, whatever its body. */
export async function toApiError(response: Response): Promise<ApiError> {
  const { status, headers, statusText } = response;
  const retryAfterMs = Math.max(0, Number(headers.get('retry-after')) || 0) * 1_000;
  const body = (await response.json().catch(() => null)) as ErrorBody | null;
  return apiErrorOf(status, body, retryAfterMs, headers.get('x-request-id'), statusText);
}

/** The `ApiError` of a status that is not 2xx and the body that came with it, if any. */
export function apiErrorOf(
  status: number,
  body: ErrorBody | null,
  retryAfterMs = 0,
  requestId: string | null = null,
  statusText = '',
): ApiError {
  const error = body?.error;
  if (error && 'fieldErrors' in error) {
    const fields = Object.entries(error.fieldErrors).map(
      ([name, messages]) => `${name}: ${messages.join(', ')}`,
    );
    const message = [...error.formErrors, ...fields].join('; ');
    return new ApiError(status, 'invalid', message, retryAfterMs, requestId, error.fieldErrors);
  }
  const message = error?.message ?? (statusText || 'No details available.');
  const tenants = body?.tenants ?? [];
  return new ApiError(status, error?.code ?? 'http', message, retryAfterMs, requestId, {}, tenants);
}

/**
 * `fetch` of live or test data (by default what the pages show), with a time limit in milliseconds. Throws `ApiError` with status 0
 * when no reply came.
 */
export async function request(
  path: string,
  init: RequestInit & { timeoutMs?: number | undefined; data?: Mode | undefined } = {},
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

/** What a call of a route has to give: its parameters of the path, its query, its body. */
type Given<R> = (R extends { params: unknown }
  ? { params: Record<keyof Checked<R, 'params'>, string | number> }
  : object) &
  (R extends { query: unknown }
    ? { query?: string | URLSearchParams | { [N in keyof Sent<R, 'query'>]?: string | number } }
    : object) &
  (R extends { body: unknown } ? { body: Sent<R, 'body'> } : object);
interface How {
  signal?: AbortSignal;
  data?: Mode | undefined;
  /** Of a call that may take minutes, which waits for no other and keeps no other waiting. */
  timeoutMs?: number;
}
export type CallOf<A extends Action> = Given<Routes[A]> & How;

/** The path of a route with what it is given: of a call, or of a link. */
export function pathOf<A extends Action>(action: A, given: Given<Routes[A]>): string {
  const { params = {}, query = '' } = given as { params?: Record<string, unknown>; query?: string };
  const path = action
    .slice(action.indexOf(' ') + 1)
    .replaceAll(/:(\w+)/g, (_, name) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams(query).toString();
  return search === '' ? path : `${path}?${search}`;
}

/**
 * Calls a route of the API as the contract declares it. Of questions few are under way at a time, and the time limit of one begins
 * when its turn comes. Throws `ApiError`.
 */
export function call<A extends Action>(
  action: A,
  ...[given]: object extends CallOf<A> ? [CallOf<A>?] : [CallOf<A>]
): Promise<ReplyOf<Routes[A]>> {
  const [method = ''] = action.split(' ');
  const { body, signal = null, data, timeoutMs } = (given ?? {}) as How & { body?: unknown };
  const ask = async () => {
    const response = await request(pathOf(action, (given ?? {}) as CallOf<A>), {
      method,
      signal,
      data,
      timeoutMs,
      ...(body === undefined
        ? { headers: { accept: 'application/json' } }
        : {
            headers: { accept: 'application/json', 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }),
    });
    if (!response.ok) throw await toApiError(response);
    const text = await response.text();
    try {
      return (text === '' ? undefined : JSON.parse(text)) as ReplyOf<Routes[A]>;
    } catch {
      throw new ApiError(response.status, 'http', 'The response wasn’t JSON.');
    }
  };
  return method === 'GET' && timeoutMs === undefined ? inTurn(ask) : ask();
}
