import type { FastifyInstance } from 'fastify';

/**
 * Scripts, styles, pictures and connections of our own origin only; `data:` pictures are icons in the styles. Style
 * attributes are allowed: the charts place their parts with them, and without a way to run scripts a style can do little.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
/** An answer of the API is no page. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
const YEAR_SECONDS = 31_536_000;
const CLICK_ROUTES = '/api/v1/clicks';
/** A redirect is no page, and says itself what it passes on. */
const REDIRECTS = '/r/';
/** Advertised pages of other sites load it. Built by `sdk/`. */
const isPageScript = (url: string) => /^\/clickledger\.js(?:$|\?)/.test(url);

/** What every reply tells a browser. On replies to clicks, 10,000 a second, only what matters for JSON. */
export function registerSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    if (request.method === 'POST' && request.url.startsWith(CLICK_ROUTES)) return done();
    if (request.url.startsWith(REDIRECTS)) return done();
    reply.header('content-security-policy', request.url.startsWith('/api/') ? API_POLICY : POLICY);
    reply.header('x-frame-options', 'DENY');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cross-origin-opener-policy', 'same-origin');
    reply.header('cross-origin-resource-policy', isPageScript(request.url) ? 'cross-origin' : 'same-origin');
    reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=()');
    if (request.protocol === 'https') reply.header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
    if (request.url.startsWith('/api/') && !reply.hasHeader('cache-control'))
      reply.header('cache-control', 'no-store');
    done();
  });
}
