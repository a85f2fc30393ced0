import { createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';

// A provider that speaks OpenID Connect as far as the code flow needs it, and says whatever a test wants.
const CLIENT = 'clickledger';
const OWNER = 'owner@example.org';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const claims = { email: OWNER as string, email_verified: true as boolean, nonce: null as string | null };

let system: TestSystem;
let provider: Server;
let issuer: string;
/** What the browser was last sent to the provider with. */
let asked: URL;

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
function idToken(): string {
  const now = Math.floor(Date.now() / 1_000);
  const { nonce, ...said } = claims;
  const body = { iss: issuer, aud: CLIENT, sub: 'somebody', iat: now, exp: now + 60, ...said };
  const text = `${encode({ alg: 'RS256', kid: 'k' })}.${encode({ ...body, nonce: nonce ?? asked.searchParams.get('nonce') })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
}

beforeAll(async () => {
  provider = createServer((request, response) => {
    const answer = request.url?.startsWith('/.well-known/')
      ? {
          issuer,
          ...{
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/keys`,
          },
          ...{ response_types_supported: ['code'], id_token_signing_alg_values_supported: ['RS256'] },
        }
      : request.url === '/keys'
        ? { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] }
        : { access_token: 'x', token_type: 'Bearer', expires_in: 60, id_token: idToken() };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  system = await startTestSystem({
    ...{ ROLES: 'ingest', PUBLIC_URL: 'http://localhost', OIDC_ISSUER: issuer, OIDC_NAME: 'the company' },
    ...{ OIDC_CLIENT_ID: CLIENT, OIDC_CLIENT_SECRET: 'secret' },
  });
  await system.post('/api/v1/auth/setup', { email: OWNER, password: 'correct horse battery' });
});
afterAll(async () => {
  await system?.close();
  provider?.close();
});

const get = (url: string, cookie = '') => system.app.inject({ url, headers: cookie ? { cookie } : {} });
const cookiesOf = (response: Awaited<ReturnType<typeof get>>) =>
  [response.headers['set-cookie'] ?? []].flat().map((one) => one.split(';')[0] ?? '');

/** Sends the browser to the provider; returns the cookie that it keeps meanwhile. */
async function begin(): Promise<string> {
  const response = await get('/api/v1/auth/oidc/start');
  expect(response.statusCode).toBe(302);
  asked = new URL(String(response.headers.location));
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    ...{ client_id: CLIENT, response_type: 'code', code_challenge_method: 'S256' },
    redirect_uri: 'http://localhost/api/v1/auth/oidc/callback',
  });
  return cookiesOf(response)[0] ?? '';
}
const comeBack = (cookie: string, state = asked.searchParams.get('state') ?? '') =>
  get(`/api/v1/auth/oidc/callback?code=abc&state=${state}`, cookie);

test('a member whom the provider vouches for is signed in', async () => {
  expect((await get('/api/v1/auth/me')).json()).toMatchObject({ oidc: 'the company' });
  const response = await comeBack(await begin());
  expect(response.headers.location).toBe('/');
  const session = cookiesOf(response).find((one) => one.startsWith('clickledger_session=')) ?? '';
  expect((await get('/api/v1/auth/me', session)).json()).toMatchObject({ member: { email: OWNER } });
});

test.each([
  ['an address that is not verified', { email_verified: false }, 'unknown'],
  ['somebody who is no member', { email: 'stranger@example.org' }, 'unknown'],
  ['an answer to another question', { nonce: 'another' }, 'refused'],
])('%s is not let in', async (_what, said, why) => {
  const before = { ...claims };
  Object.assign(claims, said);
  try {
    const response = await comeBack(await begin());
    expect(response.headers.location).toBe(`/sign-in?oidc=${why}`);
    expect(cookiesOf(response).some((one) => one.startsWith('clickledger_session='))).toBe(false);
  } finally {
    Object.assign(claims, before);
  }
});

test('a browser that did not ask, or asked something else, is not let in', async () => {
  const cookie = await begin();
  expect((await comeBack('')).headers.location).toBe('/sign-in?oidc=expired');
  expect((await comeBack(cookie, 'another-state')).headers.location).toBe('/sign-in?oidc=refused');
  expect((await comeBack('clickledger_oidc=bm90IGpzb24')).headers.location).toBe('/sign-in?oidc=expired');
});
