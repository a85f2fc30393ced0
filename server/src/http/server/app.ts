import { existsSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import { LIMITS, openApiDocument } from '@clickledger/contract';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';
import { STOP } from '../../lib/stopping.js';
import { trustOf, useForwarded } from '../../lib/trusted-proxies.js';
import { FastPath } from '../fast-path/fast-path.js';
import { servePlain } from '../fast-path/serve-plain.js';
import { registerAccount } from '../routes/account.js';
import { registerAdjustConversions } from '../routes/adjust-conversions.js';
import { registerAdjustments } from '../routes/adjustments.js';
import { registerAlerts } from '../routes/alerts.js';
import { registerAttribution } from '../routes/attribution.js';
import { registerAudit } from '../routes/audit.js';
import { registerAuth } from '../routes/auth.js';
import { registerBilling } from '../routes/billing.js';
import { registerClickLog } from '../routes/click-log.js';
import { registerClicks } from '../routes/clicks.js';
import { registerConversionActions } from '../routes/conversion-actions.js';
import { registerConversions } from '../routes/conversions.js';
import { registerEntities } from '../routes/entities.js';
import { registerExports } from '../routes/export.js';
import { registerFraud } from '../routes/fraud.js';
import { registerFraudRules } from '../routes/fraud-rules.js';
import { registerImports } from '../routes/import.js';
import { registerImpressions } from '../routes/impressions.js';
import { registerKeys } from '../routes/keys.js';
import { registerLinks } from '../routes/links.js';
import { registerLive } from '../routes/live.js';
import { registerMembers, registerTenants } from '../routes/members.js';
import { registerOidc } from '../routes/oidc.js';
import { registerOperations } from '../routes/operations.js';
import { registerPixel } from '../routes/pixel.js';
import { registerPostbackSecrets } from '../routes/postback-secrets.js';
import { registerPostbacks } from '../routes/postbacks.js';
import { registerPrivacy } from '../routes/privacy.js';
import { registerQueries } from '../routes/query.js';
import { registerReconciliation } from '../routes/reconciliation.js';
import { registerRedirects } from '../routes/redirects.js';
import { registerSettings } from '../routes/settings.js';
import { registerTestData } from '../routes/test-data.js';
import { registerAuthentication } from './authenticate.js';
import { registerCors } from './cors.js';
import { ErrorReplies, registerErrors } from './errors.js';
import { registerJsonBody } from './json-body.js';
import { answerBadUrl, answerMalformed } from './malformed-requests.js';
import { measureFastPath, measureRequests } from './measure.js';
import { makeServer } from './refuse-when-full.js';
import { requestIdOf } from './request-id.js';
import { registerSecurityHeaders } from './security-headers.js';
import type { Services } from './services.js';
import { registerUrlText } from './url-text.js';

/** The built dashboard, from `src` and from `dist` alike. */
const DASHBOARD = fileURLToPath(new URL('../../../../web/dist/', import.meta.url));
/** For advertised pages, built by `sdk/`: a page may have one that is an hour old. */
const PAGE_SCRIPT = '/clickledger.js';
/** Slow clients are cut off, within a check's interval of these. In milliseconds. */
const HTTP = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  // Node looks every 30 s otherwise.
  connectionsCheckingInterval: 2_000,
  connectionsMax: 4_096,
};
const FAST_PATH = { name: 'fast path', failure: 'a click got no reply; its connection is closed' };
/** A moment before the phase is over, to close what was cut. */
const DRAIN_MS_MAX = STOP.drain - 500;
const DRAIN_SWEEP_MS = 50;

/**
 * Builds the HTTP server; the caller listens.
 *
 * @param trustedProxies addresses whose X-Forwarded-For is believed
 * @param limits others than the usual ones, for tests
 * @param hasFastPath false: every request goes the long way, for tests
 */
export async function buildApp(
  services: Services,
  options: { trustedProxies: string[]; limits?: typeof HTTP; hasFastPath?: boolean },
): Promise<FastifyInstance> {
  const { limits = HTTP, hasFastPath = true, trustedProxies } = options;
  const isTrusted = trustedProxies.length > 0 ? trustOf(trustedProxies) : null;
  const app = Fastify({
    // No line a request: 10,000 a second help nobody, and would hold personal data. Errors are logged by errors.ts.
    logger: false,
    trustProxy: isTrusted ?? false,
    bodyLimit: LIMITS.clickBodyBytesMax,
    serverFactory: (handle) => makeServer(limits, services, handle as RequestListener),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
    genReqId: requestIdOf,
    frameworkErrors: answerBadUrl,
    clientErrorHandler: answerMalformed,
  });
  app.server.maxConnections = limits.connectionsMax;

  const replies = new ErrorReplies(services);
  const fastPath =
    services.ingest && hasFastPath
      ? FastPath.before(
          app.server,
          servePlain(services, services.ingest, replies, isTrusted),
          limits,
          (error) => services.background.failed(FAST_PATH, error),
        )
      : null;
  answerWithId(app);
  measureRequests(app, services.registry, services.tracing);
  if (fastPath) measureFastPath(fastPath, services.registry);
  closeConnectionsOnStop(app, fastPath);
  registerErrors(app, replies);
  registerUrlText(app);
  if (isTrusted)
    app.addHook('onRequest', (request, _reply, done) => {
      useForwarded(request.raw.headers);
      done();
    });
  registerSecurityHeaders(app);
  registerAuthentication(app, services);
  registerCors(app, services);
  registerJsonBody(app, services);
  registerClicks(app, services);
  registerConversions(app, services);
  registerConversionActions(app, services);
  registerAdjustConversions(app, services);
  registerRedirects(app, services);
  registerAttribution(app, services);
  registerPostbacks(app, services);
  registerPostbackSecrets(app, services);
  registerPixel(app, services);
  registerImports(app, services);
  registerImpressions(app, services);
  registerQueries(app, services, replies);
  registerEntities(app, services);
  registerLinks(app, services);
  registerClickLog(app, services);
  registerFraud(app, services);
  registerFraudRules(app, services);
  registerAdjustments(app, services);
  registerAlerts(app, services);
  registerAudit(app, services);
  registerBilling(app, services);
  registerSettings(app, services);
  registerPrivacy(app, services);
  registerExports(app, services);
  registerKeys(app, services);
  registerTestData(app, services);
  registerMembers(app, services);
  registerTenants(app, services);
  registerAuth(app, services);
  registerAccount(app, services);
  registerOidc(app, services);
  registerLive(app, services);
  registerOperations(app, services);
  registerReconciliation(app, services);

  const document = openApiDocument(services.version);
  app.get('/openapi.json', async () => document);
  await app.register(fastifySwagger, { mode: 'static', specification: { document: document as never } });
  await app.register(fastifySwaggerUi, { routePrefix: '/docs' });
  if (existsSync(DASHBOARD))
    await app.register(fastifyStatic, {
      root: DASHBOARD,
      cacheControl: false,
      // The build packs what is worth it: see web/vite.config.ts.
      preCompressed: true,
      // Names under assets/ carry a hash of their content; the page that names them must never be an old one.
      setHeaders(response, path) {
        const isAsset = path.includes('/assets/');
        response.setHeader('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
        if (isAsset) response.setHeader('Vary', 'Accept-Encoding');
        if (path.endsWith(PAGE_SCRIPT)) response.setHeader('Cache-Control', 'public, max-age=3600');
      },
    });
  return app;
}

/** Every reply names its request, as the log does: who asks about an error can be told more. */
function answerWithId(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
}

/**
 * From the moment the server stops listening, each reply is the last of its connection: a kept-alive connection would
 * hold the stop up for as long as its client likes. What has not ended after `DRAIN_MS_MAX` is cut off.
 */
function closeConnectionsOnStop(app: FastifyInstance, fastPath: FastPath | null): void {
  let stopping = false;
  // With a callback: a promise a reply is dear at 10,000 a second.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('preClose', async () => {
    stopping = true;
    fastPath?.stop();
    const sweep = setInterval(() => {
      app.server.closeIdleConnections();
      fastPath?.stop();
    }, DRAIN_SWEEP_MS);
    const limit = setTimeout(() => {
      app.server.closeAllConnections();
      fastPath?.closeAll();
    }, DRAIN_MS_MAX);
    app.server.once('close', () => {
      clearInterval(sweep);
      clearTimeout(limit);
    });
  });
}
