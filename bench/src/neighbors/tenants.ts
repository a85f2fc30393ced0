import { randomUUID } from 'node:crypto';
import type { MadeApiKey, MadeTenant } from '@clickledger/contract';

/** An account of the server under test. */
export interface Tenant {
  url: string;
  key: string;
}

const authorized = (key: string) => ({ authorization: `Bearer ${key}` });

/** A request to the server as a tenant; the reply whatever its status. */
export const ask = (
  { url, key }: Tenant,
  path: string,
  options: { method?: string; body?: unknown; signal?: AbortSignal } = {},
): Promise<Response> =>
  fetch(url + path, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...authorized(key),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: options.signal ?? null,
  });

async function made<T>(reply: Response): Promise<T> {
  if (reply.status !== 201) throw new Error(`${reply.url}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as T;
}

const KEY = { name: 'bench', scopes: ['ingest', 'read', 'admin'] };

/** Two accounts with a key each, made over the API. The one that floods comes first wherever tenants are gone through in order. */
export async function makeTenants(url: string): Promise<{ flooding: Tenant; neighbor: Tenant }> {
  const post = (path: string, body: unknown, headers: Record<string, string>) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const { key } = await made<MadeApiKey>(await post('/api/v1/keys', KEY, {}));
  const { invitation } = await made<MadeTenant>(
    await post(
      '/api/v1/admin/tenants',
      { slug: 'neighbor', name: 'Neighbor', owner_email: 'owner@neighbor.example' },
      authorized(key),
    ),
  );
  const accepted = await post(
    '/api/v1/auth/invitation/accept',
    { token: invitation.token, password: randomUUID() },
    {},
  );
  await made(accepted);
  const cookie = accepted.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const neighbor = await made<MadeApiKey>(await post('/api/v1/keys', KEY, { cookie }));
  return { flooding: { url, key }, neighbor: { url, key: neighbor.key } };
}
