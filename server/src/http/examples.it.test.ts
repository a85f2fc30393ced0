import { type HealthReply, openApiDocument } from '@clickledger/contract';
import { TOTP } from 'otpauth';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { addKey } from '../accounts/api-keys.js';
import { invite } from '../accounts/invitations.js';
import { addMember } from '../accounts/members.js';
import { addReset } from '../accounts/password-resets.js';
import { openFor } from '../accounts/sign-in.js';
import { hashToken } from '../lib/tokens.js';
import { inTransaction } from '../lib/transaction.js';
import { convert } from '../testing/conversions.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';

// The examples of the API's document, called one after the other by the owner that the first of them makes. What an example is about and
// no other example makes (a member, a link, clicks of a month that is over) is made here.

type Json = Record<string, unknown>;
interface Parameter {
  name: string;
  in: string;
  example?: string | number | string[];
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: { 'application/json': { example?: Json } } };
  responses: Record<string, { content?: Record<string, { schema: Json }> }>;
}
interface Call {
  name: string;
  method: string;
  path: string;
  operation: Operation;
}

const document = JSON.parse(JSON.stringify(openApiDocument('test'))) as {
  paths: Record<string, Record<string, Operation>>;
};

/** What changes comes first, so that there is something to read, and what is read can be deleted at last. */
const ORDER = ['PUT', 'POST', 'PATCH', 'GET', 'DELETE'];
const FIRST = [
  'POST /api/v1/auth/setup',
  'POST /api/v1/clicks',
  'POST /api/v1/clicks/batch',
  'POST /api/v1/auth/totp',
  'PUT /api/v1/auth/totp',
  'POST /api/v1/auth/second-factor',
];
const rankOf = ({ name, method }: Call) =>
  FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length + ORDER.indexOf(method);
const calls = Object.entries(document.paths)
  .flatMap(([path, operations]) =>
    Object.entries(operations).map(([lower, operation]): Call => {
      const method = lower.toUpperCase();
      return { name: `${method} ${path}`, method, path, operation };
    }),
  )
  .sort((a, b) => rankOf(a) - rankOf(b));

const OWNER = 1;
/** Of a month that is over: of the first example of billing. */
const OLD_CLICKS = `
  WITH batch AS (
    INSERT INTO batches (batch_id, received_at, click_count, fraud_count)
    VALUES (nextval('batch_ids'), date_trunc('milliseconds', now()), 1, 0) RETURNING batch_id, received_at
  )
  INSERT INTO click_events
  SELECT 1, gen_random_uuid(), batch_id, received_at, '2025-10-15T12:00:00Z'::timestamptz, 'adv-1', 'camp-1', 'ad-1',
    NULL, NULL, lpad('1', 16, '0'), '', '', '', '', '', '', false, NULL, '', '', '', 250000
  FROM batch`;

let system: TestSystem;
let url: string;
/** Of the second factor, which begins with its secret; and what opens the account once it is on. */
const factor = { secret: '', recovery: [] as string[] };

beforeAll(async () => {
  system = await startTestSystem({
    PUBLIC_URL: 'http://localhost',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'clickledger@shop.example',
    WEBHOOK_PRIVATE_RANGES: '198.51.100.0/24',
  });
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => system?.close());

async function cookieOf(isHalf: boolean): Promise<string> {
  const { token } = await openFor(system.pool, OWNER);
  await system.pool.query('UPDATE sessions SET is_half = $1 WHERE session_hash = $2', [
    isHalf,
    hashToken(token),
  ]);
  return `clickledger_session=${token}`;
}

const tokenOf = ({ operation }: Call) =>
  hashToken(String(operation.requestBody?.content['application/json'].example?.token));

const parameterOf = ({ operation }: Call, name: string) =>
  hashToken(String(operation.parameters?.find((one) => one.name === name)?.example));

/** What an example needs that no other one makes. */
const BEFORE: Record<string, (call: Call) => Promise<unknown>> = {
  'POST /api/v1/clicks/batch': () => system.pool.query(OLD_CLICKS),
  'POST /postback': (call) =>
    system.pool.query(
      `INSERT INTO postback_secrets (tenant_id, hint, secret_hash, salt, created_by)
       VALUES (1, 'example', $1, sha256('example'), 'test')`,
      [parameterOf(call, 'secret')],
    ),
  'GET /cv.gif': async (call) => {
    await addKey(
      system.pool as unknown as pg.PoolClient,
      1,
      {
        name: 'page',
        scopes: ['ingest'],
        origins: [],
        requests_per_second: null,
        expires_at: null,
        createdBy: 'test',
      },
      { hash: parameterOf(call, 'key'), hint: 'example' },
    );
    await system.services.access.refresh();
  },
  'POST /api/v1/admin/reset-links': () =>
    inTransaction(system.pool, (client) =>
      addMember(client, 1, {
        email: 'ann@shop.example',
        role: 'analyst',
        advertiser_ids: [],
        passwordHash: 'none',
        isConfirmed: true,
      }),
    ),
  'POST /api/v1/auth/invitation': (call) =>
    invite(
      system.pool,
      1,
      { email: 'bob@shop.example', role: 'analyst', advertiser_ids: [] },
      { tokenHash: tokenOf(call), createdBy: 'test', isMailed: false },
    ),
  'POST /api/v1/links': () =>
    system.pool.query(
      `INSERT INTO links (tenant_id, link_id, host, slug, ad_id, destinations, status, pass_parameters, referrer_policy, allow_http, allowed_hosts, signing)
       VALUES (1, '0198f2a0-0000-7000-8000-00000000000a', '', 'spring', 'ad-1', '[{"url": "https://shop.example/", "weight": 1}]',
         'active', false, 'origin', false, '{}', 'none')`,
    ),
  'GET /api/v1/conversions/{conversion_id}': () =>
    convert(system.pool, { conversionId: '0198f2a0-0000-7000-8000-000000000002' }),
  'POST /api/v1/auth/reset': (call) => addReset(system.pool, OWNER, tokenOf(call)),
};
/** A code holds for half a minute, or once: the only value that is not the document's. */
const CODES: Record<string, () => string | undefined> = {
  'PUT /api/v1/auth/totp': () => new TOTP({ secret: factor.secret }).generate(),
  'POST /api/v1/auth/second-factor': () => factor.recovery[0],
  'DELETE /api/v1/auth/totp': () => factor.recovery[1],
};

/** Sends what the document gives as the example of an operation. */
async function send(call: Call): Promise<Response> {
  const { name, method, operation } = call;
  await BEFORE[name]?.(call);
  const query = new URLSearchParams();
  let { path } = call;
  for (const parameter of operation.parameters ?? [])
    for (const value of [parameter.example ?? []].flat())
      if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
      else query.append(parameter.name, String(value));
  const example = operation.requestBody?.content['application/json'].example;
  const body = name in CODES ? { ...example, code: CODES[name]?.() } : example;
  const isOpen = name === FIRST[0];
  return fetch(`${url}${path}?${query}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(isOpen ? {} : { cookie: await cookieOf(name.endsWith('/second-factor')) }),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

/** What is wrong with a reply by the document's schema, in which no reply has other fields than those that are named. */
const wrongWith = (schema: Json, reply: unknown) =>
  z.fromJSONSchema(schema as never).safeParse(reply).error?.issues ?? [];

it('every example of the document succeeds, and its reply has a status, a type and fields that the document names', async () => {
  const wrong: unknown[] = [];
  for (const call of calls) {
    const response = await send(call);
    const { status } = response;
    const type = response.headers.get('content-type')?.split(';')[0];
    const isStream = type === 'text/event-stream';
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const declared = call.operation.responses[status];
    const content = declared?.content?.[type ?? ''];
    if (!response.ok || !declared || (declared.content ? !content : text !== '')) {
      wrong.push([call.name, status, type, text]);
      continue;
    }
    if (type !== 'application/json') continue;
    const reply = JSON.parse(text);
    const issues = wrongWith(content?.schema ?? {}, reply);
    if (issues.length > 0) wrong.push([call.name, issues, text.slice(0, 500)]);
    if (call.name === 'POST /api/v1/auth/totp') factor.secret = reply.secret;
    if (call.name === 'PUT /api/v1/auth/totp') factor.recovery = reply.recovery_codes;
    if (call.name === 'POST /api/v1/clicks/batch') await system.caughtUp();
  }
  expect(wrong).toEqual([]);
  expect(calls.length).toBeGreaterThan(80);
});

it('a reply with a field that the document does not name, or without one that it does, is seen', async () => {
  const schema = document.paths['/health']?.get?.responses[200]?.content?.['application/json']?.schema ?? {};
  const health = await system.get<HealthReply>('/health');
  expect(wrongWith(schema, health)).toEqual([]);
  expect(wrongWith(schema, { ...health, more: 1 })).not.toEqual([]);
  expect(wrongWith(schema, { ...health, status: undefined })).not.toEqual([]);
  expect(wrongWith(schema, { ...health, services: { ...health.services, more: 1 } })).not.toEqual([]);
});

it('every field of an example that has to be given is given', () => {
  for (const { name, operation } of calls) {
    for (const one of operation.parameters ?? [])
      if ((one as Parameter & { required: boolean }).required)
        expect(one.example, `${name} ${one.name}`).toBeDefined();
    if (operation.requestBody)
      expect(operation.requestBody.content['application/json'].example, name).toBeDefined();
  }
});
