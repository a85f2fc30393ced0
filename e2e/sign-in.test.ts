import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOidcProvider } from '../server/src/testing/oidc-provider.js';
import { page, server, useServer } from './helpers/server-and-page.js';
import { postJson } from './helpers/server-process.js';

/** One person with an account in two organizations, and an identity provider. The tests follow one another. */
const EMAIL = 'ceo@example.org';
const PASSWORD = 'correct horse battery';
const provider = await startOidcProvider(EMAIL);

useServer({ env: { PUBLIC_URL: 'http://localhost', ...provider.settings } });
beforeAll(async () => {
  // The port is known only when the server has started: the provider is told then where to send people back to.
  provider.backTo = `${server.url}/api/v1/auth/oidc/callback`;
  const post = (path: string, body: object, cookie = '') =>
    postJson(`${server.url}/api/v1/${path}`, body, { cookie });
  const made = await post('auth/setup', { email: 'owner@example.org', password: PASSWORD });
  const owner = made.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const tokens = [
    await post('members/invitations', { email: EMAIL, role: 'owner' }, owner),
    await post('admin/tenants', { slug: 'second', name: 'Second Street', owner_email: EMAIL }, owner),
  ].map(async (response) => {
    const reply = (await response.json()) as { token?: string; invitation?: { token: string } };
    return reply.token ?? reply.invitation?.token;
  });
  for (const token of await Promise.all(tokens))
    expect((await post('auth/invitation/accept', { token, password: PASSWORD })).status).toBe(201);
});
afterAll(() => provider.close());

const signedInAt = (organization: string) =>
  page.getByTestId('account').getByText(`${organization} · Owner`).waitFor();

async function signIn(organization: string): Promise<void> {
  await page.getByLabel('Email').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: organization, exact: true }).click();
  await signedInAt(organization);
}

it('a password that opens accounts in several organizations asks which, by name', async () => {
  for (const organization of ['Second Street', 'Default']) {
    await page.goto(`${server.url}/sign-in`);
    await signIn(organization);
    await page.getByTestId('sign-out').click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  }
});

it('the provider opens an account once its member has confirmed the address there, and only that one', async () => {
  await page.goto(`${server.url}/sign-in`);
  await page.getByTestId('oidc').filter({ hasText: 'Sign in with the company' }).click();
  await page.getByRole('alert').getByText('Your email address isn’t confirmed yet.').waitFor();

  await signIn('Second Street');
  await page.goto(`${server.url}/account`);
  await page.getByTestId('oidc-confirm').filter({ hasText: 'Confirm with the company' }).click();
  await signedInAt('Second Street');
  await page.getByTestId('sign-out').click();
  await page.getByTestId('oidc').click();
  await signedInAt('Second Street');
});

it('an address that the provider vouches for in several organizations leads to a choice', async () => {
  await page.goto(`${server.url}/sign-in`);
  await signIn('Default');
  await page.goto(`${server.url}/account`);
  await page.getByTestId('oidc-confirm').click();
  await signedInAt('Default');
  for (const [slug, organization] of [
    ['second', 'Second Street'],
    ['default', 'Default'],
  ] as const) {
    await page.getByTestId('sign-out').click();
    await page.getByTestId('oidc').click();
    await page
      .getByRole('alert')
      .getByText('You’re a member of several organizations. Choose one.')
      .waitFor();
    await page.getByRole('link', { name: slug, exact: true }).click();
    await signedInAt(organization);
  }
});

it('somebody who is no member is told so, and stays outside', async () => {
  provider.claims.email = 'stranger@example.org';
  await page.goto(`${server.url}/sign-in`);
  await page.getByTestId('oidc').click();
  await page.getByRole('alert').getByText('No member has this email address.').waitFor();
  expect(await page.getByTestId('account').count()).toBe(0);
});
