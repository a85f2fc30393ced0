import {
  ACCESS_TABLE,
  AggregateReply,
  CampaignsReply,
  ClickReply,
  ErrorReply,
  HealthReply,
  StatsReply,
  ValidationErrorReply,
} from '@clickledger/contract';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

/** Of the commands on this machine, of the sign-in of browsers, and of the pages themselves: nobody else writes a client for them. */
const NOT_IN_DOCUMENT = [
  'OPTIONS /api/v1/clicks',
  'OPTIONS /api/v1/clicks/batch',
  'OPTIONS /api/v1/conversions',
  'OPTIONS /api/v1/conversions/batch',
  'POST /api/v1/admin/import',
  'POST /api/v1/admin/import/conversions',
  'POST /api/v1/admin/import/end',
  'GET /api/v1/admin/tenants/:slug',
  'GET /api/v1/auth/oidc/start',
  'GET /api/v1/auth/oidc/callback',
  'GET /i/:slug.gif',
  'GET /r/:slug',
  'GET /openapi.json',
  'GET /docs',
  'GET /docs/',
  'GET /docs/json',
  'GET /docs/yaml',
  'GET /docs/static/*',
  'GET /docs/static/index.html',
  'GET /docs/static/swagger-initializer.js',
  'GET /*',
];

it('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(await system.get('/openapi.json'))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

it('every path of the document is served, and every route is in the document or known to be left out', async () => {
  const document = await system.get<{ paths: Record<string, Record<string, unknown>> }>('/openapi.json');
  for (const [path, methods] of Object.entries(document.paths))
    for (const method of Object.keys(methods))
      expect(
        system.app.hasRoute({
          method: method.toUpperCase() as 'GET',
          url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
        }),
        `${method} ${path}`,
      ).toBe(true);
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  // The server starts with no route that is not in the table, and the table names none that is not served.
  expect([...documented, ...NOT_IN_DOCUMENT].sort()).toEqual(Object.keys(ACCESS_TABLE).sort());
});

it('the replies are what the contract says', async () => {
  const range = `start_time=2026-01-01T00:00:00Z&end_time=2027-01-01T00:00:00Z`;
  const click = await system.post('/api/v1/clicks', aClick());
  ClickReply.strict().parse(click.json());
  await system.caughtUp();
  HealthReply.strict().parse(await system.get('/health'));
  StatsReply.strict().parse(await system.get('/api/v1/admin/stats'));
  CampaignsReply.strict().parse(await system.get('/api/v1/campaigns'));
  AggregateReply.strict().parse(
    await system.get(`/api/v1/analytics/aggregate?${range}&group_by=country,device_type`),
  );
  ValidationErrorReply.strict().parse((await system.post('/api/v1/clicks', {})).json());
  ErrorReply.strict().parse((await system.app.inject('/nowhere')).json());
});

it('serves the reference page, the metrics and the health of each store', async () => {
  expect((await system.app.inject('/docs')).statusCode).toBeLessThan(400);
  const metrics = await system.app.inject('/metrics');
  expect(metrics.headers['content-type']).toContain('text/plain');
  expect(metrics.body).toMatch(/^clickledger_clicks_total\{/m);
  const health = await system.get<HealthReply>('/health');
  expect(health).toMatchObject({
    status: 'healthy',
    services: { postgres: 'embedded', redis: 'embedded', clickhouse: 'embedded' },
  });
});
