import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { MadeInvitation, MadeTenant, MembersReply, MeReply } from '@clickledger/contract';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

// One system, without analytics, with a mail server of its own. The tests follow one another.
const OWNER = 'owner@example.org';
const PASSWORD = 'correct horse battery';
const HERE = 'https://clicks.example';

let system: TestSystem;
const mails: string[] = [];
let mailServer: Server;
let nowMs: number;
/** Each test tries from an address of its own; none: from this machine, which the open server answers alone. */
let address: number | null = null;

beforeAll(async () => {
  nowMs = Date.now();
  mailServer = createServer(speakSmtp).listen(0, '127.0.0.1');
  await once(mailServer, 'listening');
  system = await startTestSystem(
    {
      ROLES: 'ingest',
      PUBLIC_URL: HERE,
      MAIL_FROM: 'clicks@example.org',
      SMTP_URL: `smtp://127.0.0.1:${(mailServer.address() as AddressInfo).port}`,
    },
    { now: () => nowMs },
  );
});
beforeEach(() => {
  if (system.services.access.isConfigured) address = (address ?? 0) + 1;
});
afterAll(async () => {
  await system?.close();
  mailServer?.close();
});

/** As much of SMTP as it takes to receive a mail. */
function speakSmtp(socket: Socket): void {
  let isData = false;
  let mail = '';
  socket.write('220 ready\r\n');
  socket.on('data', (bytes) => {
    for (const line of bytes.toString().split('\r\n')) {
      if (isData && line === '.') {
        isData = false;
        mails.push(mail.replaceAll('=\n', ''));
        mail = '';
        socket.write('250 taken\r\n');
      } else if (isData) mail += `${line}\n`;
      else if (/^DATA/i.test(line)) {
        isData = true;
        socket.write('354 go on\r\n');
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else if (line !== '') socket.write('250 ok\r\n');
    }
  });
  socket.on('error', () => undefined);
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const send = (method: Method, path: string, payload?: object, cookie = '', headers = {}) =>
  system.app.inject({
    method,
    url: `/api/v1/${path}`,
    headers: {
      ...(cookie && { cookie }),
      ...(address !== null && { 'x-forwarded-for': `198.51.100.${address}` }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
type Reply = Awaited<ReturnType<typeof send>>;
const cookiesOf = (response: Reply) => [response.headers['set-cookie'] ?? []].flat().map(String);
const cookieOf = (response: Reply) => cookiesOf(response)[0]?.split(';')[0] ?? '';
const deviceOf = (response: Reply) =>
  cookiesOf(response)
    .find((one) => one.startsWith('clickledger_device='))
    ?.split(';')[0] ?? '';
async function signIn(email = OWNER, password = PASSWORD): Promise<string> {
  const response = await send('POST', 'auth/sign-in', { email, password });
  expect(response.statusCode, response.body).toBe(200);
  return cookieOf(response);
}
const me = async (cookie = '') => (await send('GET', 'auth/me', undefined, cookie)).json() as MeReply;
const codeAt = (secret: string, ms: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: ms });
const forget = () => system.services.sessions.forget();

test('the first owner is made on the open server, once, and closes it', async () => {
  expect(await me()).toMatchObject({
    mode: 'protected',
    member: { scopes: ['ingest', 'read', 'admin'], email: null },
  });
  const short = await send('POST', 'auth/setup', { email: OWNER, password: 'short' });
  expect(short.json()).toMatchObject({ error: { fieldErrors: { password: ['At least 12 characters'] } } });
  const both = await Promise.all(
    [1, 2].map((n) =>
      send('POST', 'auth/setup', {
        email: n === 1 ? ` ${OWNER.toUpperCase()} ` : 'b@example.org',
        password: PASSWORD,
      }),
    ),
  );
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
  await system.pool.query('UPDATE members SET email = $1', [OWNER]);
  expect((await send('GET', 'campaigns')).statusCode).toBe(401);
  expect((await send('POST', 'auth/setup', { email: 'c@example.org', password: PASSWORD })).statusCode).toBe(
    409,
  );
  expect(await me()).toMatchObject({ mode: 'configured', member: null });
});

test('a password is stored as argon2id, a session as a hash; the cookie is out of reach of scripts and other sites', async () => {
  const response = await send('POST', 'auth/sign-in', { email: OWNER, password: PASSWORD });
  const [cookie = '', device] = cookiesOf(response);
  expect(device).toMatch(
    /^clickledger_device=\w{43}; Max-Age=15552000; Path=\/api\/v1\/auth; HttpOnly; SameSite=Lax$/,
  );
  expect(cookie).toMatch(/^clickledger_session=\w{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
  const secure = await send('POST', 'auth/sign-in', { email: OWNER, password: PASSWORD }, '', {
    'x-forwarded-proto': 'https',
  });
  expect(cookiesOf(secure)[0]).toMatch(/^__Host-clickledger_session=\w{43}; .*; Path=\/; .*; Secure; /);
  expect(secure.headers['strict-transport-security']).toContain('max-age=');
  const { rows } = await system.pool.query('SELECT password_hash FROM members');
  expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  const token = cookieOf(response).split('=')[1] ?? '';
  const { rows: sessions } = await system.pool.query(
    "SELECT encode(session_hash, 'escape') AS hash FROM sessions",
  );
  expect(JSON.stringify(sessions)).not.toContain(token);
  expect(await me(cookieOf(response))).toMatchObject({
    member: { email: OWNER, role: 'owner', is_operator: true },
  });
});

test('a session signs nothing on behalf of another site', async () => {
  const cookie = await signIn();
  const key = { name: 'x', scopes: ['read'] };
  for (const headers of [
    { origin: 'https://attacker.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
  ])
    expect((await send('POST', 'keys', key, cookie, headers)).statusCode).toBe(403);
  // A form of another site can send no JSON.
  const form = await system.app.inject({
    method: 'POST',
    url: '/api/v1/keys',
    headers: { cookie, 'content-type': 'text/plain' },
    payload: JSON.stringify(key),
  });
  expect(form.statusCode).toBe(415);
  expect(
    (await send('POST', 'keys', key, cookie, { origin: 'http://localhost:80', host: 'localhost:80' }))
      .statusCode,
  ).toBe(201);
});

test('signing out ends the session; so does a new password end every other one', async () => {
  const cookie = await signIn();
  const other = await signIn();
  expect((await send('POST', 'auth/sign-out', undefined, cookie)).statusCode).toBe(204);
  expect((await send('GET', 'campaigns', undefined, cookie)).statusCode).toBe(401);
  const mine = await signIn();
  const wrong = await send(
    'POST',
    'auth/password',
    { current_password: 'not it', password: 'another long password' },
    mine,
  );
  expect(wrong.statusCode).toBe(401);
  expect(
    (
      await send(
        'POST',
        'auth/password',
        { current_password: PASSWORD, password: 'another long password' },
        mine,
      )
    ).statusCode,
  ).toBe(204);
  expect((await send('GET', 'campaigns', undefined, other)).statusCode).toBe(401);
  expect((await send('GET', 'campaigns', undefined, mine)).statusCode).toBe(200);
  expect((await send('POST', 'auth/sign-in', { email: OWNER, password: PASSWORD })).statusCode).toBe(401);
  expect(
    (
      await send(
        'POST',
        'auth/password',
        { current_password: 'another long password', password: PASSWORD },
        mine,
      )
    ).statusCode,
  ).toBe(204);
});

test('an unknown address and a wrong password get the same answer', async () => {
  const unknown = await send('POST', 'auth/sign-in', { email: 'nobody@example.org', password: PASSWORD });
  const wrong = await send('POST', 'auth/sign-in', { email: OWNER, password: 'not the password' });
  expect([unknown.statusCode, wrong.statusCode]).toEqual([401, 401]);
  expect(unknown.body).toBe(wrong.body);
  await signIn();
});

/** Tries in the past: as if so many seconds had gone by since. */
const ageTries = (seconds: number) =>
  system.pool.query(
    `UPDATE sign_in_tries SET last_at = last_at - make_interval(secs => $1), locked_until = locked_until - make_interval(secs => $1)`,
    [seconds],
  );
const forgetTries = () => system.pool.query('DELETE FROM sign_in_tries');
const guess = (email: string, password = 'not the password', cookie = '', headers = {}) =>
  send('POST', 'auth/sign-in', { email, password }, cookie, headers);

test('guessing is slowed in the same way for a member and for nobody, and a network may try ten times a minute', async () => {
  for (const email of [OWNER, 'nobody-at-all@example.org']) {
    address = (address ?? 0) + 1;
    const replies = [];
    for (let i = 0; i < 7; i++) replies.push(await guess(email));
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(replies[4]?.json()).toEqual({
      error: { code: 'wrong_credentials', message: 'Incorrect email or password.' },
    });
    expect(replies[6]?.json()).toEqual({
      error: { code: 'locked', message: 'Too many failed attempts. Try again in 1 s.' },
    });
    // The right password gets nowhere from there either.
    expect((await guess(email, PASSWORD)).statusCode).toBe(429);
    // The wait doubles with every further try, up to a quarter of an hour.
    await system.pool.query(
      "UPDATE sign_in_tries SET failed = 60, last_at = now(), locked_until = NULL WHERE source <> 'anywhere'",
    );
    expect((await guess(email)).statusCode).toBe(401);
    const long = await guess(email);
    expect(Number(long.headers['retry-after'])).toBeGreaterThan(890);
    expect(Number(long.headers['retry-after'])).toBeLessThanOrEqual(900);
    expect((await guess(email)).json()).toMatchObject({ error: { code: 'too_many_tries' } });
    await forgetTries();
  }
  nowMs += 6_000;
  await signIn();
});

test('who floods an address from elsewhere keeps nobody out', async () => {
  for (let i = 0; i < 6; i++) await guess(OWNER);
  expect((await guess(OWNER, PASSWORD)).statusCode).toBe(429);
  address = (address ?? 0) + 1;
  const response = await guess(OWNER, PASSWORD);
  expect(response.statusCode).toBe(200);
  // From the very network that is closed: a device that the member signed in with before.
  address -= 1;
  expect((await guess(OWNER, PASSWORD, deviceOf(response))).statusCode).toBe(200);
  // A device of nobody's is as any other.
  expect((await guess(OWNER, PASSWORD, `clickledger_device=${'a'.repeat(43)}`)).statusCode).toBe(429);
  expect((await guess('other@example.org', PASSWORD, deviceOf(response))).statusCode).toBe(401);
  await forgetTries();
});

test('a botnet closes an address to networks that are new to it, not to the member’s devices', async () => {
  const device = deviceOf(await guess(OWNER, PASSWORD));
  await forgetTries();
  await system.pool.query(
    `INSERT INTO sign_in_tries (subject, source, failed, last_at) VALUES (sha256($1), 'anywhere', 49, now())`,
    [`email ${OWNER}`],
  );
  const from = (i: number) => ({ 'x-forwarded-for': `203.0.113.${i}` });
  expect((await guess(OWNER, 'wrong', '', from(1))).statusCode).toBe(401);
  expect((await guess(OWNER, 'wrong', '', from(2))).statusCode).toBe(401);
  expect((await guess(OWNER, PASSWORD, '', from(3))).statusCode).toBe(429);
  expect((await guess(OWNER, PASSWORD, device, from(4))).statusCode).toBe(200);
  await forgetTries();
});

test('a lock-out fades: four requests an hour keep nobody out', async () => {
  for (let i = 0; i < 40; i++) {
    expect((await guess(OWNER)).statusCode, `try ${i}`).toBe(401);
    await ageTries(900);
    nowMs += 60_000;
  }
  // One more does not close it either.
  expect((await guess(OWNER)).statusCode).toBe(401);
  expect((await guess(OWNER, PASSWORD)).statusCode).toBe(200);
  // Also after a long climb, from one network and from everywhere.
  expect((await guess(OWNER)).statusCode).toBe(401);
  const climbed = await system.pool.query(
    'UPDATE sign_in_tries SET failed = 60, locked_until = now() RETURNING source',
  );
  expect(climbed.rowCount).toBe(2);
  await ageTries(6 * 3_600);
  expect((await guess(OWNER)).statusCode).toBe(401);
  expect((await guess(OWNER, PASSWORD)).statusCode).toBe(200);
  await forgetTries();
});

test('a subscriber’s whole IPv6 network is one that tries', async () => {
  const statuses = [];
  for (let i = 0; i < 11; i++) {
    const headers = { 'x-forwarded-for': `2001:db8:7:7::${i}` };
    statuses.push((await guess(`v6-${i}@example.org`, PASSWORD, '', headers)).statusCode);
  }
  expect(statuses).toEqual([...Array(10).fill(401), 429]);
  const next = { 'x-forwarded-for': '2001:db8:7:8::1' };
  expect((await guess('v6@example.org', PASSWORD, '', next)).statusCode).toBe(401);
});

test('many guesses at once are counted each', async () => {
  const guesses = await Promise.all(Array.from({ length: 10 }, (_, i) => guess(OWNER, `guess ${i}`)));
  expect(guesses.filter(({ statusCode }) => statusCode === 401).length).toBeLessThanOrEqual(5);
  await forgetTries();
});

test('with a second factor the password alone opens nothing; a code is good once', async () => {
  const cookie = await signIn();
  // A session that was stolen for a minute gets no second factor of the thief's.
  expect((await send('POST', 'auth/totp', {}, cookie)).statusCode).toBe(400);
  const stolen = await send('POST', 'auth/totp', { password: 'not the password' }, cookie);
  expect([stolen.statusCode, stolen.json().error.message]).toEqual([401, 'Incorrect password.']);
  expect((await send('PUT', 'auth/totp', { code: '000000' }, cookie)).statusCode).toBe(401);
  const begun = (await send('POST', 'auth/totp', { password: PASSWORD }, cookie)).json() as {
    secret: string;
    uri: string;
  };
  expect(begun.uri).toMatch(/^otpauth:\/\/totp\/ClickLedger:owner%40example\.org\?/);
  expect((await send('PUT', 'auth/totp', { code: '000000' }, cookie)).statusCode).toBe(401);
  const enabled = await send('PUT', 'auth/totp', { code: codeAt(begun.secret, nowMs) }, cookie);
  const { recovery_codes: codes } = enabled.json() as { recovery_codes: string[] };
  expect(new Set(codes).size).toBe(10);
  expect((await send('POST', 'auth/totp', { password: PASSWORD }, cookie)).statusCode).toBe(409);

  nowMs += 60_000;
  const half = await signIn();
  expect(await me(half)).toMatchObject({ member: null, needs_second_factor: true });
  expect((await send('GET', 'campaigns', undefined, half)).statusCode).toBe(401);
  expect((await send('POST', 'auth/totp', { password: PASSWORD }, half)).statusCode).toBe(401);
  const code = codeAt(begun.secret, nowMs);
  const whole = await send('POST', 'auth/second-factor', { code }, half);
  expect(whole.statusCode, whole.body).toBe(200);
  expect(cookieOf(whole)).not.toBe(half);
  expect((await send('GET', 'campaigns', undefined, cookieOf(whole))).statusCode).toBe(200);
  expect((await send('GET', 'campaigns', undefined, half)).statusCode).toBe(401);
  // The same code again, seen over a shoulder.
  expect((await send('POST', 'auth/second-factor', { code }, await signIn())).statusCode).toBe(401);
  // A recovery code, however it is typed, and once.
  const recovery = codes[0]?.toUpperCase().replaceAll('-', ' ') ?? '';
  expect((await send('POST', 'auth/second-factor', { code: recovery }, await signIn())).statusCode).toBe(200);
  expect((await send('POST', 'auth/second-factor', { code: recovery }, await signIn())).statusCode).toBe(401);

  const off = await send('DELETE', 'auth/totp', { code: codes[1] }, cookieOf(whole));
  expect(off.statusCode).toBe(204);
  expect((await me(await signIn())).member).toMatchObject({ has_second_factor: false });
});

test('who knows the password gets no more tries at the code', async () => {
  const cookie = await signIn();
  const { secret } = (await send('POST', 'auth/totp', { password: PASSWORD }, cookie)).json() as {
    secret: string;
  };
  nowMs += 60_000;
  await send('PUT', 'auth/totp', { code: codeAt(secret, nowMs) }, cookie);
  const statuses = [];
  for (let i = 0; i < 6; i++) {
    // From six networks: the codes are counted together.
    address = (address ?? 0) + 1;
    const first = await guess(OWNER, PASSWORD);
    statuses.push((await send('POST', 'auth/second-factor', { code: '000000' }, cookieOf(first))).statusCode);
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  await forgetTries();
  await system.pool.query('UPDATE members SET totp_since = NULL, totp_secret = NULL');
  forget();
});

/** Of the link in the last mail. */
const mailedToken = () =>
  new RegExp(`${HERE}/(?:invitation|reset)#(\\w{43})`).exec(mails.at(-1) ?? '')?.[1] ?? '';

test('a member comes by invitation, mailed, good once, with the role that it says', async () => {
  const owner = await signIn();
  const invited = await send(
    'POST',
    'members/invitations',
    { email: 'ann@example.org', role: 'analyst' },
    owner,
  );
  // Whoever invites does not learn the link: it shows whose the mailbox is.
  expect(invited.json() as MadeInvitation).toMatchObject({ is_mailed: true, token: null });
  const token = mailedToken();
  expect((await send('POST', 'auth/invitation', { token })).json()).toEqual({
    email: 'ann@example.org',
    tenant: 'Default',
    role: 'analyst',
  });
  const accepted = await send('POST', 'auth/invitation/accept', { token, password: PASSWORD });
  expect(accepted.statusCode, accepted.body).toBe(201);
  expect((await send('POST', 'auth/invitation/accept', { token, password: PASSWORD })).statusCode).toBe(404);
  const analyst = cookieOf(accepted);
  expect((await send('GET', 'fraud/rules', undefined, analyst)).statusCode).toBe(200);
  for (const [method, path, body] of [
    ['PUT', 'fraud/rules', { note: 'x' }],
    ['POST', 'keys', { name: 'x', scopes: ['read'] }],
    ['GET', 'keys'],
    ['GET', 'members'],
    ['POST', 'clicks', aClick()],
    ['PATCH', 'admin/settings', {}],
  ] as const)
    expect((await send(method, path, body, analyst)).statusCode, path).toBe(403);
});

test('a changed role is in force at once, and a removed member is out', async () => {
  const owner = await signIn();
  const analyst = await signIn('ann@example.org');
  const { data } = (await send('GET', 'members', undefined, owner)).json() as MembersReply;
  const [ann, self] = ['ann@example.org', OWNER].map(
    (email) => data.find((one) => one.email === email)?.member_id,
  );
  expect((await send('PATCH', `members/${self}`, { role: 'analyst' }, owner)).json()).toMatchObject({
    error: { code: 'last_owner' },
  });
  expect((await send('DELETE', `members/${self}`, undefined, owner)).statusCode).toBe(409);
  expect(
    (await send('PATCH', `members/${ann}`, { role: 'owner', advertiser_ids: ['a'] }, owner)).statusCode,
  ).toBe(400);
  const unknown = { role: 'advertiser', advertiser_ids: ['adv-1'] };
  for (const refused of [
    await send('PATCH', `members/${ann}`, unknown, owner),
    await send('POST', 'members/invitations', { email: 'new@example.org', ...unknown }, owner),
  ]) {
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error.fieldErrors).toEqual({ advertiser_ids: ['No advertiser with the ID adv-1'] });
  }
  await send('PUT', 'advertisers/adv-1', {}, owner);
  await send('PATCH', `members/${ann}`, unknown, owner);
  expect((await send('GET', 'fraud/rules', undefined, analyst)).statusCode).toBe(403);
  expect((await send('DELETE', `members/${ann}`, undefined, owner)).statusCode).toBe(204);
  expect((await send('GET', 'campaigns', undefined, analyst)).statusCode).toBe(401);
});

test('an advertiser sees their own campaigns and nothing of how fraud is found', async () => {
  const owner = await signIn();
  for (const n of [1, 2]) {
    await send('PUT', `campaigns/camp-${n}`, { advertiser_id: `adv-${n}` }, owner);
    await send('PUT', `advertisers/adv-${n}`, { name: `Advertiser ${n}` }, owner);
    await send('PUT', `ads/ad-${n}`, { campaign_id: `camp-${n}` }, owner);
  }
  const invited = await send(
    'POST',
    'members/invitations',
    { email: 'adv@example.org', role: 'advertiser', advertiser_ids: ['adv-1'] },
    owner,
  );
  expect(invited.statusCode, invited.body).toBe(201);
  const accepted = await send('POST', 'auth/invitation/accept', { token: mailedToken(), password: PASSWORD });
  const advertiser = cookieOf(accepted);
  const list = async (what: string) =>
    (await send('GET', what, undefined, advertiser)).json().data.map((one: object) => Object.values(one)[0]);
  expect(await list('campaigns')).toEqual(['camp-1']);
  expect(await list('advertisers')).toEqual(['adv-1']);
  expect(await list('ads')).toEqual(['ad-1']);
  expect(await list('campaigns?advertiser_id=adv-2')).toEqual([]);
  expect(await list('ads?campaign_id=camp-2')).toEqual([]);
  for (const [path, status] of [
    ['campaigns/camp-1', 200],
    ['campaigns/camp-2', 404],
    ['ads/ad-2', 404],
    ['advertisers/adv-2', 404],
  ] as const)
    expect((await send('GET', path, undefined, advertiser)).statusCode, path).toBe(status);
  for (const path of [
    'fraud/rules',
    'fraud/lists',
    'alerts',
    'admin/audit',
    'admin/stats',
    'campaigns/camp-1/changes',
    'billing/periods',
  ])
    expect((await send('GET', path, undefined, advertiser)).statusCode, path).toBe(403);
  expect((await send('PATCH', 'campaigns/camp-1', { name: 'x' }, advertiser)).statusCode).toBe(403);
});

test('a forgotten password: a mail with a link, good once, which tells nobody whether there is such a member', async () => {
  const before = mails.length;
  const known = await send('POST', 'auth/reset/request', { email: OWNER });
  const unknown = await send('POST', 'auth/reset/request', { email: 'nobody@example.org' });
  expect([known.statusCode, unknown.statusCode, unknown.body]).toEqual([202, 202, known.body]);
  await until(
    () => mails.length,
    (count) => count === before + 1,
  );
  const token = mailedToken();
  const old = await signIn();
  expect((await send('POST', 'auth/reset', { token, password: 'a third long password' })).statusCode).toBe(
    204,
  );
  expect((await send('GET', 'campaigns', undefined, old)).statusCode).toBe(401);
  expect((await send('POST', 'auth/reset', { token, password: 'a fourth long password' })).statusCode).toBe(
    404,
  );
  await signIn(OWNER, 'a third long password');
  const { rows } = await system.pool.query('SELECT row_to_json(r)::text AS row FROM password_resets r');
  expect(JSON.stringify(rows)).not.toContain(token);
});

test.each(['auth/reset', 'auth/invitation/accept'])(
  'a link that nobody sent has no password hashed: %s',
  async (path) => {
    const hashed = vi.spyOn(system.services.hashing, 'run');
    const body = { token: 'a'.repeat(43), password: 'a fifth long password' };
    expect((await send('POST', path, body)).statusCode).toBe(404);
    expect(hashed).not.toHaveBeenCalled();
    hashed.mockRestore();
  },
);

test('the operator sets up an organisation, whose owner is no operator', async () => {
  const { operatorToken } = system.services;
  const made = await send(
    'POST',
    'admin/tenants',
    { slug: 'shop', name: 'Shop', owner_email: 'boss@shop.example' },
    '',
    {
      authorization: `Bearer ${operatorToken}`,
    },
  );
  expect(made.statusCode, made.body).toBe(201);
  expect((made.json() as MadeTenant).invitation.token).toBeNull();
  const accepted = await send('POST', 'auth/invitation/accept', { token: mailedToken(), password: PASSWORD });
  const boss = cookieOf(accepted);
  expect(await me(boss)).toMatchObject({
    member: { tenant: { slug: 'shop' }, role: 'owner', is_operator: false },
  });
  for (const path of ['admin/stats', 'admin/tenants', 'admin/tenants/default'])
    expect((await send('GET', path, undefined, boss)).statusCode, path).not.toBe(200);
  expect((await send('GET', 'campaigns', undefined, boss)).json().data).toEqual([]);
  const { data } = (await send('GET', 'members', undefined, boss)).json() as MembersReply;
  expect(data.map(({ email }) => email)).toEqual(['boss@shop.example']);
});

test('a session that was not used for a week is over', async () => {
  const cookie = await signIn(OWNER, 'a third long password');
  await system.pool.query("UPDATE sessions SET last_seen_at = now() - interval '8 days'");
  forget();
  expect((await send('GET', 'campaigns', undefined, cookie)).statusCode).toBe(401);
});

test('what was done with members is in the audit log, without any password or token', async () => {
  const { rows } = await system.pool.query(
    "SELECT DISTINCT action FROM audit_log WHERE action LIKE 'member.%' OR action LIKE 'tenant.%' ORDER BY 1",
  );
  expect(rows.map(({ action }) => action)).toEqual([
    'member.add',
    'member.change',
    'member.invite',
    'member.remove',
    'member.reset',
    'tenant.create',
  ]);
  const all = await system.pool.query('SELECT string_agg(a::text, chr(10)) AS text FROM audit_log a');
  expect(all.rows[0].text).not.toMatch(/argon2|password"|\w{43}/);
});
