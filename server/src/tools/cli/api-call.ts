import type { StatsReply } from '@clickledger/contract';
import type { Click } from '../../click/click.js';
import {
  type ImportEnd,
  type ImportReply,
  resultsOf,
  type SubmitResult,
  toImportBatch,
} from '../../ingest/import-wire.js';
import { sleep } from '../../lib/backoff.js';

const REQUEST_MS_MAX = 60_000;
/** How long a command waits for analytics to catch up, before it leaves that to the server. */
const CATCH_UP_MS_MAX = 120_000;

let credential: string | null = null;

/** From now on every call shows this key; null: none. */
export function showKey(key: string | null): void {
  credential = key;
}

/** What the server's error says, for a person: its message, or each field with what is wrong; else the start of the text. */
function readable(text: string): string {
  try {
    const { error } = JSON.parse(text) as {
      error: { message?: string; formErrors?: string[]; fieldErrors?: Record<string, string[]> };
    };
    const fields = Object.entries(error.fieldErrors ?? {}).map(
      ([name, wrong]) => `${name}: ${wrong.join(', ')}`,
    );
    return error.message ?? [...(error.formErrors ?? []), ...fields].join('; ');
  } catch {
    return text.slice(0, 300);
  }
}

/** A request to the running server: GET, or with a body the method given (POST). Throws on any other status than 2xx. */
export async function call<T>(url: string, body?: unknown, method = 'POST'): Promise<T> {
  const authorization = credential === null ? {} : { authorization: `Bearer ${credential}` };
  const response = await fetch(url, {
    ...(body === undefined
      ? { headers: authorization }
      : {
          method,
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json', ...authorization },
        }),
    signal: AbortSignal.timeout(REQUEST_MS_MAX),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${readable(text)}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Sends clicks that were prepared here to the import of this server. */
export const submitTo =
  (url: string, file: string) =>
  async (clicks: readonly Click[]): Promise<SubmitResult[]> =>
    resultsOf(await call<ImportReply>(`${url}/api/v1/admin/import`, toImportBatch(clicks, file)));

/** Says for the audit log that a file was read to its end. */
export const endImport = (url: string, end: ImportEnd): Promise<void> =>
  call(`${url}/api/v1/admin/import/end`, end);

/** Waits until analytics has every committed click; false when that takes too long. */
export async function catchUp(url: string): Promise<boolean> {
  for (const deadline = Date.now() + CATCH_UP_MS_MAX; Date.now() < deadline; await sleep(300)) {
    const { lag } = await call<StatsReply>(`${url}/api/v1/admin/stats`);
    if (lag.rows === 0) return true;
  }
  return false;
}
