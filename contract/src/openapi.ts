import { z } from 'zod';
import type { Access } from './access-rules.js';
import { internal, invalid, type Reply, type RouteDeclaration, storeAway } from './route.js';
import { ROUTES } from './routes/routes.js';
import { hasTestData, MODE_PARAMETER, MODES } from './test-mode.js';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the public API, made from the declarations that the server registers its routes by. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [action, route] of Object.entries(ROUTES)) {
    if ('isHidden' in route) continue;
    const [method = '', declared = ''] = action.split(' ');
    const path = declared.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(method.toLowerCase(), path, route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'ClickLedger',
      version,
      license: { name: 'Apache-2.0' },
      description:
        'Ad clicks counted exactly once. Times are ISO 8601; buckets are given in UTC. ' +
        '`unique_users` is approximate (a HyperLogLog sketch, with a standard error of 0.8 %), exact for small sets.',
    },
    components: { securitySchemes: SECURITY_SCHEMES },
    paths,
  };
}

/** How a caller says who it is. */
const SECURITY_SCHEMES: Json = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, or the same in X-API-Key.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'clickledger_session',
    description: 'A member who is signed in.',
  },
};

const KEY_SCOPES: Partial<Record<Access, string[]>> = { operator_read: ['read'], operator: ['admin'] };

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

function operationOf(method: string, path: string, route: RouteDeclaration): Json {
  const parameters = parametersOf(path, route);
  return {
    operationId: operationIdOf(method, path),
    tags: [
      path
        .replace(/^\/api\/v1\//, '')
        .split('/')
        .find((part) => part !== ''),
    ],
    summary: route.summary,
    description: route.description,
    'x-who-may': WHO[route.access],
    security: securityOf(route.access),
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: route.body && {
      required: route.isBodyOptional !== true,
      content: { 'application/json': { schema: asInput(route.body), example: route.example?.body } },
    },
    responses: Object.fromEntries(
      Object.entries(repliesOf(route)).map(([status, one]) => [status, asSent(one)]),
    ),
  };
}

/** `GET /api/v1/campaigns/{campaign_id}` as a name of its own: `getCampaignsByCampaignId`. */
function operationIdOf(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1\//, '')
    .replaceAll(/\{(\w+)\}/g, 'by_$1')
    .split(/[^a-z0-9]+/i)
    .filter((word) => word !== '');
  return method + words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('');
}

function parametersOf(path: string, { params, query, headers = {}, example = {} }: RouteDeclaration): Json[] {
  const header = Object.entries(headers).map(([name, { description, schema }]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: asInput(schema),
  }));
  const mode = {
    name: MODE_PARAMETER,
    in: 'query',
    required: false,
    description: '`test` asks for the test data of the organization. A test key needs no parameter.',
    schema: { type: 'string', enum: MODES, default: 'live' },
  };
  return [
    ...fieldsOf('path', params, example.params),
    ...fieldsOf('query', query, example.query),
    ...header,
    ...(hasTestData(path) ? [mode] : []),
  ];
}

/** One parameter for each field of a schema. */
function fieldsOf(place: 'path' | 'query', schema?: z.ZodType, example: Readonly<Json> = {}): Json[] {
  if (!schema) return [];
  const { properties, required } = asInput(schema) as {
    properties: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || (required?.includes(name) ?? false),
    schema: field,
    example: example[name],
  }));
}

/** All that a route may answer with: what it declares, and what every route of its kind may say. */
function repliesOf({ replies, params, query, body, asksNoStore }: RouteDeclaration): Record<number, Reply> {
  return {
    ...((params || query || body) && { 400: invalid }),
    ...(asksNoStore ? {} : { 503: storeAway }),
    ...replies,
    500: internal,
  };
}

function asSent({ description, schema, contentType, retryAfter }: Reply): Json {
  return {
    description,
    headers: retryAfter && {
      'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
    },
    content:
      schema === null
        ? contentType && { [contentType]: { schema: { type: 'string' } } }
        : { 'application/json': { schema: jsonSchema(schema, 'output') } },
  };
}

const asInput = (schema: z.ZodType): Json => jsonSchema(schema, 'input');

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
  });
  return rest;
}
