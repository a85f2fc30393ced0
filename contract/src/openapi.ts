import { z } from 'zod';
import { AggregateQuery, AggregateReply } from './analytics.js';
import { BatchInputDocumented, BatchReply, ClickInput, ClickReply, IdempotencyKey } from './clicks.js';
import { CampaignsReply } from './entities.js';
import { ErrorReply, ValidationErrorReply } from './errors.js';
import { LIMITS } from './limits.js';
import { HealthReply, StatsReply } from './operations.js';

type Json = Record<string, unknown>;

const asInput = (schema: z.ZodType): Json => jsonSchema(schema, 'input');
const asOutput = (schema: z.ZodType): Json => jsonSchema(schema, 'output');

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'openapi-3.0',
  });
  return rest;
}

const reply = (description: string, schema: z.ZodType): Json => ({
  description,
  content: { 'application/json': { schema: asOutput(schema) } },
});
const body = (schema: z.ZodType): Json => ({
  required: true,
  content: { 'application/json': { schema: asInput(schema) } },
});

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } };
const invalid = reply('A field is wrong; the reply names it.', ValidationErrorReply);
const conflict = {
  ...reply('The first request with this Idempotency-Key is still in flight elsewhere.', ErrorReply),
  headers: RETRY_AFTER,
};
const reused = reply('This Idempotency-Key was used with another body.', ErrorReply);
const tooLarge = reply('The body is larger than the limit.', ErrorReply);
const notJson = reply('The body is not application/json.', ErrorReply);
const unavailable = {
  ...reply('Nothing was stored: the ledger is away or the queue is full. Try again.', ErrorReply),
  headers: RETRY_AFTER,
};

const keyHeader = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes a retry safe: the same key and body get the first reply again for 5 minutes.',
  schema: asInput(IdempotencyKey),
};

/** The query string's parameters, one OpenAPI parameter a field of the schema. */
function queryParameters(schema: z.ZodType): Json[] {
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

/** The OpenAPI 3.0 document of the public API, made from the schemas that the server checks with. */
export function openApiDocument(version: string): Json {
  return {
    openapi: '3.0.3',
    info: {
      title: 'ClickLedger',
      version,
      license: { name: 'Apache-2.0' },
      description:
        'Ad clicks counted exactly once. Times are ISO 8601; buckets are given in UTC. ' +
        '`unique_users` is approximate (a HyperLogLog sketch, typically within 1 %), exact for small sets.',
    },
    paths: {
      '/api/v1/clicks': {
        post: {
          summary: 'Record a click',
          description: `The reply is sent when the click is on disk. Body at most ${LIMITS.clickBodyBytesMax} bytes; unknown fields are dropped.`,
          parameters: [keyHeader],
          requestBody: body(ClickInput),
          responses: {
            200: reply('A repeat: the click was counted before.', ClickReply),
            202: reply('A new click, committed.', ClickReply),
            400: invalid,
            409: conflict,
            413: tooLarge,
            415: notJson,
            422: reused,
            503: unavailable,
          },
        },
      },
      '/api/v1/clicks/batch': {
        post: {
          summary: 'Record up to 1,000 clicks',
          description: `One result an entry, in order; a wrong entry does not fail the others. Body at most ${LIMITS.batchBodyBytesMax} bytes.`,
          parameters: [keyHeader],
          requestBody: body(BatchInputDocumented),
          responses: {
            200: reply('The first reply again, under the same Idempotency-Key.', BatchReply),
            202: reply('The valid clicks are committed.', BatchReply),
            400: invalid,
            409: conflict,
            413: tooLarge,
            415: notJson,
            422: reused,
            503: unavailable,
          },
        },
      },
      '/api/v1/analytics/aggregate': {
        get: {
          summary: 'Clicks, unique users and fraud by time and dimension',
          parameters: queryParameters(AggregateQuery),
          responses: { 200: reply('The buckets.', AggregateReply), 400: invalid, 503: unavailable },
        },
      },
      '/api/v1/campaigns': {
        get: {
          summary: 'The campaigns seen so far',
          responses: { 200: reply('By id.', CampaignsReply), 503: unavailable },
        },
      },
      '/api/v1/admin/stats': {
        get: {
          summary: 'Counts, lag, throughput and queues',
          responses: { 200: reply('Now.', StatsReply), 503: unavailable },
        },
      },
      '/health': {
        get: {
          summary: 'The state of each store',
          responses: {
            200: reply('Ingestion works; degraded when a store is away.', HealthReply),
            503: reply('Ingestion can not work.', HealthReply),
          },
        },
      },
    },
  };
}
