import { mkdirSync } from 'node:fs';
import type { MadeInvitation, MadeTenant } from '@clickledger/contract';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { newDataDir } from '../server/src/testing/data-dir.js';
import { until } from '../server/src/testing/wait.js';
import { violations } from './helpers/axe.js';
import { launchBrowser, newPage } from './helpers/browser.js';
import { removeDataDir, type ServerProcess, startServer } from './helpers/server-process.js';

/** From the open server to members, keys and a second factor, in a browser. The tests follow one another. */
const OWNER = 'owner@example.org';
const PASSWORD = 'correct horse battery';
const PHONE = { width: 390, height: 844 };
const dataDir = newDataDir();
let server: ServerProcess;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  server = await startServer(dataDir, { TRUSTED_PROXIES: '127.0.0.1' });
  browser = await launchBrowser();
  page = await newPage(browser);
  page.on('pageerror', (error) => errors.push(error.message));
  // What the Content-Security-Policy refuses.
  page.on(
    'console',
    (message) => /Content.Security.Policy/i.test(message.text()) && errors.push(message.text()),
  );
});
afterAll(async () => {
  await browser?.close();
  await server?.end('SIGTERM');
  removeDataDir(dataDir);
});
beforeEach(() => {
  errors.length = 0;
});
afterEach(() => {
  expect(errors).toEqual([]);
});

/** No violation of WCAG, in either scheme, on a screen and on a phone; pictures when somebody wants to look. */
async function looksWell(name: string): Promise<void> {
  for (const size of [{ width: 1_440, height: 900 }, PHONE])
    for (const theme of ['light', 'dark']) {
      await page.setViewportSize(size);
      await page.evaluate((chosen) => {
        document.documentElement.dataset.theme = chosen;
      }, theme);
      expect(await violations(page), `${name} ${theme} ${size.width}`).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
      ).toBeLessThanOrEqual(0);
      const folder = process.env.LOOKS_DIR;
      if (folder) {
        mkdirSync(folder, { recursive: true });
        await page.screenshot({ path: `${folder}/${name}-${theme}-${size.width}.png` });
      }
    }
  await page.setViewportSize({ width: 1_440, height: 900 });
}
async function signIn(password = PASSWORD): Promise<void> {
  await page.getByLabel('Email').fill(OWNER);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

it('the open, empty server says so and how to send a click, and its first owner closes it', async () => {
  await page.goto(server.url);
  await page.locator('[data-testid="empty-state"][data-kind="first-start"]').waitFor();
  expect(await page.getByTestId('curl-example').textContent()).toContain('/api/v1/clicks');
  await page.waitForSelector('[data-testid="health-light"][data-status="healthy"]');
  await page.getByRole('link', { name: 'Send test clicks' }).click();
  await page.getByTestId('generator-start').waitFor();
  await page.getByTestId('protected-mode').getByRole('link').click();
  await page.getByLabel('Email').fill(OWNER);
  await looksWell('setup');
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create owner' }).click();
  await page.getByTestId('account').getByText(OWNER).waitFor();
  expect(await page.getByTestId('protected-mode').count()).toBe(0);
  expect((await fetch(`${server.url}/api/v1/campaigns`)).status).toBe(401);
});

it('a key is shown once, works as it is shown, and is refused when it is revoked', async () => {
  await page.getByTestId('nav-keys').click();
  await page.getByTestId('new-key').click();
  await page.getByLabel('Name').fill('shop');
  await page.getByTestId('new-key-dialog').getByRole('button', { name: 'Create key' }).click();
  const key = (await page.getByTestId('key-text').textContent())?.trim() ?? '';
  expect(key).toMatch(/^clk_ingest_\w{43}$/);
  await looksWell('made-key');
  const send = () =>
    fetch(`${server.url}/api/v1/clicks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ad_id: 'ad-1', campaign_id: 'camp-1', advertiser_id: 'adv-1' }),
    });
  expect((await send()).status).toBe(202);
  await page.getByRole('button', { name: 'Close' }).click();
  expect(await page.content()).not.toContain(key);
  await looksWell('keys');
  await page.getByTestId('revoke').click();
  await page.getByTestId('revoke-confirm').click();
  await page.getByText(/revoked .* by/).waitFor();
  expect((await send()).status).toBe(401);
});

it('a wrong password is told, the right one leads on, and signing out ends it', async () => {
  await page.getByTestId('sign-out').click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await looksWell('sign-in');
  await signIn('not the password');
  await page.getByTestId('form-error').getByText('Incorrect email or password.', { exact: true }).waitFor();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByTestId('account').waitFor();
});

it('with a second factor the code is asked for', async () => {
  await page.goto(`${server.url}/account`);
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByTestId('begin-totp').click();
  const secret = (await page.getByTestId('totp-secret').textContent()) ?? '';
  await looksWell('second-factor');
  const code = (ms: number) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: ms });
  // This step's code, and later the next one's: each is still taken a whole step after it was made, however slow the machine is.
  await page.getByLabel('Code', { exact: true }).fill(code(Date.now()));
  await page.getByRole('button', { name: 'Turn on' }).click();
  const codes = (await page.getByTestId('recovery-codes').textContent())?.split('\n') ?? [];
  expect(codes.length).toBe(10);
  await page.getByTestId('sign-out').click();
  await signIn();
  await page.getByRole('heading', { name: 'Two-factor authentication' }).waitFor();
  await looksWell('second-step');
  await page.getByLabel('Code', { exact: true }).fill(code(Date.now() + 30_000));
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByTestId('account').waitFor();
});

it('a member is invited, joins by the link, and sees the pages of their role', async () => {
  await page.getByTestId('nav-members').click();
  await page.getByTestId('invite').click();
  await page.getByLabel('Email').fill('ann@example.org');
  await page.getByRole('button', { name: 'Create invitation' }).click();
  const link = (await page.getByTestId('invitation-link').textContent()) ?? '';
  await looksWell('invited');
  await page.getByRole('button', { name: 'Close' }).click();
  await looksWell('members');
  const other = await browser.newContext();
  try {
    const theirs = await other.newPage();
    await theirs.goto(link);
    await theirs.getByText('You’re invited to Default as analyst').waitFor();
    await theirs.getByLabel('New password').fill(PASSWORD);
    await theirs.getByRole('button', { name: 'Join' }).click();
    await theirs.getByTestId('account').getByText('ann@example.org').waitFor();
    // An analyst reads what an owner changes: values, and no control.
    await theirs.goto(`${server.url}/campaigns/camp-1`);
    await theirs.getByTestId('edit-price').getByText('$0.00').waitFor();
    await theirs.getByTestId('campaign-history').waitFor();
    expect(await theirs.locator('[data-testid="edit-price"] svg, [data-testid="status"]').count()).toBe(0);
    await theirs.goto(`${server.url}/clicks`);
    await theirs.getByTestId('click-table').locator('tbody tr').first().click();
    await theirs.getByTestId('story-steps').waitFor();
    expect(await theirs.getByTestId('mark-click').count()).toBe(0);
    await theirs.goto(`${server.url}/fraud/rules`);
    await theirs.getByTestId('rules-editor').locator('[data-rule="velocity_ip"]').getByText('100').waitFor();
    await theirs.getByTestId('alert-limits').waitFor();
    await theirs.getByText('Flag clicks of unknown campaigns: off').waitFor();
    expect(await theirs.locator('main input, main select').count()).toBe(0);
    await theirs.goto(`${server.url}/billing`);
    await theirs.getByTestId('statement-details').getByText('Payment due').waitFor();
    expect(await theirs.locator('main input, main textarea').count()).toBe(0);
    expect(await theirs.getByTestId('nav-fraud').count()).toBe(1);
    expect(await theirs.getByTestId('nav-keys').count()).toBe(0);
    expect(await theirs.getByTestId('nav-members').count()).toBe(0);
    for (const path of ['/members', '/keys', '/test-clicks', '/audit', '/privacy']) {
      await theirs.goto(server.url + path);
      await theirs.getByRole('heading', { name: 'You don’t have access to this page' }).waitFor();
    }
    await theirs.goto(`${server.url}/fraud/rules`);
    await theirs.getByTestId('alerts').waitFor();
    expect(await theirs.getByLabel('Webhook').count()).toBe(0);

    const ann = page.getByTestId('member').filter({ hasText: 'ann@example.org' });
    await page.reload();
    await ann.getByRole('button', { name: 'Change role…' }).click();
    await page.getByLabel(/^Advertiser:/).check();
    // A member with this role sees somebody's campaigns; the first click made this advertiser.
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.getByTestId('advertiser-picker').getByLabel('adv-1').check();
    await looksWell('role');
    await page.getByRole('button', { name: 'Save' }).click();
    await ann.getByText('Advertiser: adv-1').waitFor();
    await theirs.reload();
    await theirs.getByTestId('account').waitFor();
    expect(await theirs.getByTestId('nav-fraud').count()).toBe(0);
    // Their own campaign is there; another's is as one that there is not.
    await theirs.goto(`${server.url}/campaigns/camp-1`);
    await theirs.getByTestId('edit-price').waitFor();
    await theirs.goto(`${server.url}/campaigns/camp-2`);
    await theirs.getByRole('heading', { name: 'No campaign with this ID' }).waitFor();
    await theirs.goto(`${server.url}/fraud/rules`);
    await theirs.getByTestId('no-access').waitFor();
    for (const path of ['/fraud/rules', '/billing', '/clicks', '/live', '/system']) {
      await theirs.goto(server.url + path);
      await theirs.getByTestId('no-access').waitFor();
    }
  } finally {
    await other.close();
  }
});

/** Asks the API as whoever is signed in on a page. */
async function ask(from: Page, method: string, path: string, body: object): Promise<unknown> {
  const { status, text } = await from.evaluate(
    async ([how, where, what]) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(where, { method: how, headers, body: what });
      return { status: response.status, text: await response.text() };
    },
    [method, path, JSON.stringify(body)] as const,
  );
  expect([200, 201], text).toContain(status);
  return JSON.parse(text);
}

/** Every page that somebody is offered, and those below; what the API refused meanwhile, and links that lead to no page of theirs. */
async function walk(theirs: Page): Promise<string[]> {
  const wrong: string[] = [];
  const pending = new Set<Request>();
  const isCounted = (request: Request) => /\/api\/(?!.*\/(?:stream|live)(?:\?|$))/.test(request.url());
  theirs.on('request', (request) => isCounted(request) && pending.add(request));
  theirs.on('requestfailed', (request) => pending.delete(request));
  theirs.on('requestfinished', (request) => pending.delete(request));
  theirs.on('response', (response) => {
    if (response.status() === 403)
      wrong.push(`${theirs.url()}: ${response.request().method()} ${response.url()}`);
  });
  await theirs.goto(server.url);
  await theirs.getByTestId('account').waitFor();
  const linksOf = async (within: string) => {
    const links = theirs.locator(`${within} a[href^="/"]`);
    const paths = await links.evaluateAll((all) =>
      all.map((link) => new URL((link as HTMLAnchorElement).href).pathname),
    );
    return paths.filter((path) => !path.startsWith('/api/'));
  };
  const open = [...(await linksOf('nav')), '/account', '/campaigns/camp-1', '/campaigns/camp-1/ads/ad-1'];
  const visited = new Set<string>();
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    if (visited.has(path)) continue;
    visited.add(path);
    await theirs.goto(server.url + path);
    await theirs.locator('main h1, [data-testid="no-access"]').first().waitFor();
    await until(
      () => pending.size,
      (count) => count === 0,
    );
    if ((await theirs.getByTestId('no-access').count()) > 0) wrong.push(`a link to ${path}`);
    open.push(...(await linksOf('main')));
  }
  expect(visited.size).toBeGreaterThan(4);
  return wrong;
}

it('no page asks what its reader may not read, or leads where they may not go: every role, in both organizations', async () => {
  const { invitation } = (await ask(page, 'POST', '/api/v1/admin/tenants', {
    slug: 'other',
    name: 'Other',
    owner_email: 'owner@other.example',
  })) as MadeTenant;
  const invite = async (from: Page, email: string, role: string) => {
    const whose = role === 'advertiser' ? { advertiser_ids: ['adv-1'] } : {};
    const made = await ask(from, 'POST', '/api/v1/members/invitations', { email, role, ...whose });
    return (made as MadeInvitation).token ?? '';
  };
  let joined = 0;
  const join = async (token: string, work: (theirs: Page) => Promise<void>) => {
    // From a network of their own: each has a limit of tries.
    const address = `198.51.${++joined}.7`;
    const context = await browser.newContext({ extraHTTPHeaders: { 'x-forwarded-for': address } });
    try {
      const theirs = await context.newPage();
      await theirs.goto(`${server.url}/invitation#${token}`);
      await theirs.getByLabel('New password').fill(PASSWORD);
      await theirs.getByRole('button', { name: 'Join' }).click();
      await theirs.getByTestId('account').waitFor();
      await work(theirs);
    } finally {
      await context.close();
    }
  };
  const walked: Record<string, string[]> = {};
  const walkAs = async (from: Page, role: string, where: string) =>
    join(await invite(from, `${role}@${where}.example`, role), async (theirs) => {
      walked[`${role} of ${where}`] = await walk(theirs);
    });
  for (const role of ['analyst', 'advertiser']) await walkAs(page, role, 'first');
  await join(invitation.token ?? '', async (theirs) => {
    await ask(theirs, 'PUT', '/api/v1/advertisers/adv-1', { name: 'Their own' });
    for (const role of ['analyst', 'advertiser']) await walkAs(theirs, role, 'other');
    walked['owner of other'] = await walk(theirs);
  });
  walked['owner of first'] = await walk(page);
  expect(walked).toEqual(Object.fromEntries(Object.keys(walked).map((who) => [who, []])));
});

it('a session that ends elsewhere leads back to signing in', async () => {
  await page.goto(`${server.url}/campaigns`);
  await page.getByTestId('account').waitFor();
  await page.context().clearCookies();
  await page.goto(`${server.url}/campaigns`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});
