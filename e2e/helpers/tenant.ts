import type { MadeTenant } from '@clickledger/contract';
import { Api } from './api.js';
import { page, server } from './server-and-page.js';

const PASSWORD = 'correct horse battery';
let operator: Promise<Api> | undefined;
let made = 0;

/** A session, made by a request that gives a cookie. */
async function open(path: string, body: object, from: Record<string, string> = {}): Promise<Api> {
  const response = await fetch(`${server.url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...from },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}: ${await response.text()}`);
  return new Api(server.url, { cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' });
}

/** A tenant of its own, empty, as its owner: only the rules by speed flag its clicks. The first one closes an open server. */
export async function newTenant(): Promise<Api> {
  operator ??= open('setup', { email: 'operator@example.org', password: PASSWORD });
  const slug = `tenant-${++made}`;
  const { invitation } = await (await operator).send<MadeTenant>('POST', 'admin/tenants', {
    slug,
    name: slug,
    owner_email: `owner@${slug}.example`,
  });
  const accepted = { token: invitation.token, password: PASSWORD };
  // Each from an address of its own: tries at passwords are limited by network.
  const owner = await open('invitation/accept', accepted, { 'x-forwarded-for': `203.0.113.${made}` });
  await owner.flagSpeedOnly();
  return owner;
}

/** Signs the test's page in as that owner. */
export async function signInAs(owner: Api): Promise<void> {
  const [name = '', ...value] = owner.headers.cookie?.split('=') ?? [];
  await page.context().addCookies([{ name, value: value.join('='), url: owner.url }]);
}

/** A new tenant, on whose pages the test is signed in. */
export async function onNewTenant(): Promise<Api> {
  const owner = await newTenant();
  await signInAs(owner);
  return owner;
}
