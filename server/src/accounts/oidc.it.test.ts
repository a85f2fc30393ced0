import { ChooseTenantReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OidcProvider, startOidcProvider } from '../testing/oidc-provider.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { findAccounts, mostAccounts } from './members.js';

const OWNER = 'owner@example.org';
const PASSWORD = 'correct horse battery';

let system: TestSystem;
let provider: OidcProvider;
/** The first owner's session. */
let owner: string;

beforeAll(async () => {
  provider = await startOidcProvider(OWNER);
  system = await startTestSystem({ ROLES: 'ingest', PUBLIC_URL: 'http://localhost', ...provider.settings });
  const made = await system.post('/api/v1/auth/setup', { email: OWNER, password: PASSWORD });
  owner = cookiesOf(made)[0] ?? '';
});
afterAll(async () => {
  await system?.close();
  provider?.close();
});

const get = (url: string, cookie = '') => system.app.inject({ url, headers: cookie ? { cookie } : {} });
const cookiesOf = (response: Awaited<ReturnType<typeof get>>) =>
  [response.headers['set-cookie'] ?? []].flat().map((one) => one.split(';')[0] ?? '');

/** Sends the browser to the provider; returns the cookie that it keeps meanwhile. */
async function begin(query = ''): Promise<string> {
  const response = await get(`/api/v1/auth/oidc/start${query}`);
  expect(response.statusCode).toBe(302);
  const asked = new URL(String(response.headers.location));
  provider.asked = asked;
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    client_id: provider.settings.OIDC_CLIENT_ID,
    response_type: 'code',
    code_challenge_method: 'S256',
    redirect_uri: 'http://localhost/api/v1/auth/oidc/callback',
  });
  return cookiesOf(response)[0] ?? '';
}
const comeBack = (cookie: string, state = provider.asked.searchParams.get('state') ?? '') =>
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
  const before = { ...provider.claims };
  Object.assign(provider.claims, said);
  try {
    const response = await comeBack(await begin());
    expect(response.headers.location).toBe(`/sign-in?oidc=${why}`);
    expect(cookiesOf(response).some((one) => one.startsWith('clickledger_session='))).toBe(false);
  } finally {
    Object.assign(provider.claims, before);
  }
});

test('a browser that did not ask, or asked something else, is not let in', async () => {
  const cookie = await begin();
  expect((await comeBack('')).headers.location).toBe('/sign-in?oidc=expired');
  expect((await comeBack(cookie, 'another-state')).headers.location).toBe('/sign-in?oidc=refused');
  expect((await comeBack('clickledger_oidc=bm90IGpzb24')).headers.location).toBe('/sign-in?oidc=expired');
});

// From here on: an address that several organizations have a member with. This server sends no mail, so whoever invites has the link.
const CEO = 'ceo@example.org';
const SQUATTERS = 'a password of the squatter';
const THEIRS = 'the real password of the ceo';
/** Each call from a network of its own. */
let network = 0;
const post = (path: string, payload: object, headers: Record<string, string> = {}) =>
  system.app.inject({
    method: 'POST',
    url: `/api/v1/${path}`,
    headers: { 'x-forwarded-for': `198.51.100.${++network}`, ...headers },
    payload,
  });
const signIn = (password: string, tenant?: string) =>
  post('auth/sign-in', { email: CEO, password, ...(tenant && { tenant }) });
async function invite(session: string, email: string): Promise<string> {
  const response = await post('members/invitations', { email, role: 'analyst' }, { cookie: session });
  expect(response.statusCode, response.body).toBe(201);
  expect(response.json().is_mailed).toBe(false);
  return response.json().token;
}
const accept = (token: string, password: string) => post('auth/invitation/accept', { token, password });
const tenantOf = (response: Awaited<ReturnType<typeof post>>) => response.json().member?.tenant.slug;

test('who takes an address in one organization takes nothing from the person in another', async () => {
  const made = await post(
    'admin/tenants',
    { slug: 'squat', name: 'Squat', owner_email: 'x@squat.example' },
    { cookie: owner },
  );
  const squatter = cookiesOf(await accept(made.json().invitation.token, SQUATTERS))[0] ?? '';
  const squatted = await accept(await invite(squatter, CEO), SQUATTERS);
  expect(squatted.statusCode).toBe(201);

  const token = await invite(owner, CEO);
  const accepted = await accept(token, THEIRS);
  expect(accepted.statusCode, accepted.body).toBe(201);
  expect(tenantOf(accepted)).toBe('default');
  expect(tenantOf(await signIn(THEIRS))).toBe('default');
  expect(tenantOf(await signIn(SQUATTERS))).toBe('squat');
  // Neither opens the other's.
  expect((await signIn(THEIRS, 'squat')).statusCode).toBe(401);
  expect((await signIn(SQUATTERS, 'default')).statusCode).toBe(401);
  expect((await signIn(THEIRS, 'no-such')).statusCode).toBe(401);
  expect(await mostAccounts(system.pool)).toBe(2);
});

test('the provider opens no account whose address nobody has confirmed', async () => {
  provider.claims.email = CEO;
  const response = await comeBack(await begin());
  expect(response.headers.location).toBe('/sign-in?oidc=unconfirmed');
  // Signed in by the password, and then at the provider: both are the same person.
  const session = cookiesOf(await signIn(THEIRS))[0] ?? '';
  const confirmed = await comeBack(`${await begin()}; ${session}`);
  expect(confirmed.headers.location).toBe('/');
  const again = await comeBack(await begin());
  const opened = cookiesOf(again).find((one) => one.startsWith('clickledger_session=')) ?? '';
  expect((await get('/api/v1/auth/me', opened)).json().member.tenant.slug).toBe('default');
  // The session of somebody else's account confirms nothing.
  provider.claims.email = 'x@squat.example';
  expect((await comeBack(`${await begin()}; ${session}`)).headers.location).toBe('/sign-in?oidc=unconfirmed');
});

test('who has confirmed accounts in several organizations chooses one, also when one password opens both', async () => {
  await system.pool.query('UPDATE members SET confirmed_at = now() WHERE email = $1', [CEO]);
  provider.claims.email = CEO;
  const several = await comeBack(await begin());
  expect(several.headers.location).toMatch(/^\/sign-in\?oidc=choose&tenants=(default,squat|squat,default)$/);
  for (const slug of ['default', 'squat']) {
    const chosen = await comeBack(await begin(`?tenant=${slug}`));
    expect(chosen.headers.location).toBe('/');
    const opened = cookiesOf(chosen).find((one) => one.startsWith('clickledger_session=')) ?? '';
    expect((await get('/api/v1/auth/me', opened)).json().member.tenant.slug).toBe(slug);
  }
  await system.pool.query(
    `UPDATE members SET password_hash = (SELECT password_hash FROM members WHERE email = $1 AND tenant_id = 1) WHERE email = $1`,
    [CEO],
  );
  const both = await signIn(THEIRS);
  expect(both.statusCode).toBe(409);
  expect(ChooseTenantReply.parse(both.json())).toMatchObject({ error: { code: 'choose_tenant' } });
  expect(both.json().tenants).toHaveLength(2);
  expect(tenantOf(await signIn(THEIRS, 'squat'))).toBe('squat');
  // A link of the operator's names the organization, too.
  expect((await post('admin/reset-links', { email: CEO }, { cookie: owner })).json().error.code).toBe(
    'choose_tenant',
  );
  const link = await post('admin/reset-links', { email: CEO, tenant: 'squat' }, { cookie: owner });
  expect((await post('auth/reset', { token: link.json().token, password: SQUATTERS })).statusCode).toBe(204);
  expect(tenantOf(await signIn(SQUATTERS))).toBe('squat');
  expect(tenantOf(await signIn(THEIRS))).toBe('default');
});

test('an invitation that a member of the same organization is in the way of stays good', async () => {
  const token = await invite(owner, CEO);
  const refused = await accept(token, THEIRS);
  expect([refused.statusCode, refused.json().error.code]).toEqual([409, 'is_member']);
  expect((await post('auth/invitation', { token })).statusCode).toBe(200);
  await system.pool.query('DELETE FROM members WHERE email = $1 AND tenant_id = 1', [CEO]);
  expect((await accept(token, THEIRS)).statusCode).toBe(201);
  expect((await accept(token, THEIRS)).statusCode).toBe(404);
});

test('of an address in many organizations five accounts are looked at', async () => {
  await system.pool.query(
    "INSERT INTO tenants (tenant_id, slug, name) SELECT n, 't' || n, 'T' FROM generate_series(10, 16) n",
  );
  await system.pool.query(
    "INSERT INTO members (tenant_id, email, role) SELECT n, 'many@example.org', 'owner' FROM generate_series(10, 16) n",
  );
  expect(await findAccounts(system.pool, 'many@example.org')).toHaveLength(5);
  expect(await mostAccounts(system.pool)).toBe(5);
  // Each of them is reached by its name.
  expect(await findAccounts(system.pool, 'many@example.org', 't16')).toHaveLength(1);
  expect(tenantOf(await signIn(THEIRS))).toBe('default');
});
