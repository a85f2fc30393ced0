import { z } from 'zod';
import { type Access, ruleOf } from './access-table.js';
import { IdempotencyKey } from './clicks.js';
import { ErrorReply, ValidationErrorReply } from './errors.js';
import { hasTestData, MODE_PARAMETER, MODES } from './test-mode.js';

export type Json = Record<string, unknown>;

const asInput = (schema: z.ZodType): Json => jsonSchema(schema, 'input');
const asOutput = (schema: z.ZodType): Json => jsonSchema(schema, 'output');

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
  });
  return rest;
}

export const reply = (description: string, schema: z.ZodType): Json => ({
  description,
  content: { 'application/json': { schema: asOutput(schema) } },
});
export const body = (schema: z.ZodType): Json => ({
  required: true,
  content: { 'application/json': { schema: asInput(schema) } },
});

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } };
export const invalid = reply('A field is wrong; the reply names it.', ValidationErrorReply);
export const conflict = {
  ...reply('The first request with this Idempotency-Key is still in flight elsewhere.', ErrorReply),
  headers: RETRY_AFTER,
};
export const reused = reply(
  'This Idempotency-Key was used with another body, or on another route.',
  ErrorReply,
);
export const tooLarge = reply('The body is larger than the limit.', ErrorReply);
export const notJson = reply(
  'The Content-Type or the Content-Encoding of the body is not taken; the message names it.',
  ErrorReply,
);
export const unavailable = {
  ...reply('Nothing was stored: the ledger is unavailable or the queue is full. Try again.', ErrorReply),
  headers: RETRY_AFTER,
};

export const keyHeader = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes a retry safe: the same key and body get the first reply again for 5 minutes.',
  schema: asInput(IdempotencyKey),
};

/** The query string's parameters, one OpenAPI parameter a field of the schema. */
export function queryParameters(schema: z.ZodType): Json[] {
  const { properties, required } = asInput(schema) as {
    properties: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required?.includes(name) ?? false,
    schema: property,
  }));
}

/** A parameter in the path. */
export const pathParameter = (name: string, description: string): Json => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});

export const notFound = reply('There is none with this id.', ErrorReply);
export const storeAway = {
  ...reply(
    'The store that answers this is unavailable, or too much is asked at once. Try again.',
    ErrorReply,
  ),
  headers: RETRY_AFTER,
};

const internal = reply(
  'A fault of the server. Its log has the reason, under the id of the request.',
  ErrorReply,
);

const modeParameter: Json = {
  name: MODE_PARAMETER,
  in: 'query',
  required: false,
  description: '`test` asks for the test data of the organization. A test key needs no parameter.',
  schema: { type: 'string', enum: MODES, default: 'live' },
};

/** How a caller says who it is. */
export const securitySchemes: Json = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, or the same in X-API-Key.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'clickledger_session',
    description: 'A member who is signed in.',
  },
};

const KEY_SCOPES: Partial<Record<Access, string[]>> = {
  operator_read: ['read'],
  operator: ['admin'],
};

/** What a route asks of its caller, by the table that the server takes its rules from. */
function securityOf(access: Access): Json[] {
  if (access === 'public') return [];
  if (access === 'member') return [{ session: [] }];
  return [{ apiKey: KEY_SCOPES[access] ?? [access] }, { session: [] }];
}

/** Who may use a route, in words. */
const WHO: Record<Access, string> = {
  public: 'Anybody.',
  ingest: 'A key with the scope `ingest`.',
  read: 'The scope `read`.',
  admin: 'The scope `admin`.',
  member: 'A member who is signed in.',
  operator_read: 'The scope `read`, in the organization that runs the system.',
  operator: 'The scope `admin`, in the organization that runs the system.',
};

/** `GET /api/v1/campaigns/{campaign_id}` as a name of its own: `getCampaignsByCampaignId`. */
function operationIdOf(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1\//, '')
    .replaceAll(/\{(\w+)\}/g, 'by_$1')
    .split(/[^a-z0-9]+/i)
    .filter((word) => word !== '');
  return method + words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('');
}

function whoMay(method: string, path: string): Json {
  const rule = ruleOf(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'));
  if (rule === null) throw new Error(`${method} ${path} is not in the table of access`);
  return { 'x-who-may': WHO[rule.access], security: securityOf(rule.access) };
}

/**
 * Paths as they are served: every operation has a name, a group and who may use it, may also be answered with 500, and may ask for test
 * data where there is some.
 */
export const asServed = (paths: Record<string, Record<string, Json>>): Json =>
  Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          {
            operationId: operationIdOf(method, path),
            tags: [
              path
                .replace(/^\/api\/v1\//, '')
                .split(/[/.]/)
                .find((part) => part !== ''),
            ],
            ...operation,
            ...whoMay(method, path),
            ...(hasTestData(path) && {
              parameters: [...((operation.parameters as Json[] | undefined) ?? []), modeParameter],
            }),
            responses: { ...(operation.responses as Json), 500: internal },
          },
        ]),
      ),
    ]),
  );

/** A reply that is no JSON: comma-separated values, or an event stream. */
export const streamed = (contentType: string, description: string): Json => ({
  description,
  content: { [contentType]: { schema: { type: 'string' } } },
});
export const notHere = reply('This process does not relay; ask the one that does.', ErrorReply);
