import {
  AggregateReply,
  CampaignsReply,
  ClickReply,
  ErrorReply,
  HealthReply,
  StatsReply,
  ValidationErrorReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

it('every path of the document is served, and every public route is in the document', async () => {
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
  const routes = system.app
    .printRoutes({ commonPrefix: false, includeHooks: false })
    .split('\n')
    .filter((line) => line.includes('api/v1'));
  expect(routes.length).toBeGreaterThan(0);
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
  expect(metrics.body).toMatch(/clickledger_clicks_accepted_total|clickledger_clicks/);
  const health = await system.get<HealthReply>('/health');
  expect(health).toMatchObject({
    status: 'healthy',
    services: { postgres: 'embedded', redis: 'embedded', clickhouse: 'embedded' },
  });
});
