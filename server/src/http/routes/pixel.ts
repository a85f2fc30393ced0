import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { KeyInForce } from '../../accounts/access-in-force.js';
import type { Caller } from '../../accounts/caller.js';
import { RefusedConversion } from '../../conversions/conversion.js';
import { readPostback } from '../../conversions/read-postback.js';
import { PIXEL } from '../../lib/pixel.js';
import { isPrefetch } from '../../lib/prefetch.js';
import { Told } from '../../lib/told.js';
import { isTransient } from '../../lib/transient.js';
import { mayStandInPage, NOT_FOR_PAGES } from '../server/authenticate.js';
import { comesFromHere } from '../server/origin.js';
import type { Services } from '../server/services.js';

const refusal = (status: number, code: string, message: string) => new Told(status, code, message);

/** `GET /cv.gif`: a conversion by a picture in a page. It answers with the picture in any case: a page must not show a broken one. */
export function registerPixel(app: FastifyInstance, services: Services): void {
  const { conversions, access, signals, now } = services;
  if (!conversions) return;
  const { intake, meter } = conversions;

  /** Who may bring conversions by what the page has: its key, which allows the page's origin. */
  function senderOf(request: FastifyRequest): Caller {
    const { key: sent } = request.query as { key?: unknown };
    if (typeof sent !== 'string') {
      const { caller } = request;
      // In protected mode, a page of ours, or no page at all.
      if (!access.isConfigured && caller && comesFromHere(request) && originOf(request) === null)
        return caller;
      throw refusal(401, 'unauthenticated', 'Send an API key as `key`.');
    }
    const key = access.findKey(sent);
    if (key === null) throw refusal(401, 'invalid_key', 'This key is none, or is no longer in force.');
    if (!mayStandInPage(key)) throw refusal(403, ...NOT_FOR_PAGES);
    if (!mayStandIn(key, request))
      throw refusal(403, 'origin_not_allowed', 'This key may not be used from this origin.');
    if (key.bucket !== null && !key.bucket.take(now()))
      throw refusal(429, 'rate_limited', `This key may send ${key.bucket.perSecond} requests a second.`);
    return key.caller;
  }

  async function record(request: FastifyRequest): Promise<void> {
    const { tenantId, actor, testOf } = senderOf(request);
    const isPrivate = signals?.obeys(tenantId, request.headers) ?? false;
    const entry = readPostback(request.query as Record<string, unknown>, {
      tenantId,
      nowMs: now(),
      isPrivate,
    });
    if ('wrong' in entry) throw new RefusedConversion(entry.wrong);
    await intake.submit({
      tenantId,
      source: testOf === null ? 'pixel' : 'test',
      madeBy: actor,
      idempotency: null,
      conversions: [entry],
      isAlone: true,
      requestId: request.id,
    });
  }

  app.get('/cv.gif', async (request, reply) => {
    if (request.method === 'HEAD' || isPrefetch(request)) return picture(reply);
    try {
      await record(request);
      return picture(reply);
    } catch (error) {
      const isTold = error instanceof Told;
      if (!isTold && !isTransient(error)) throw error;
      const [status, code] = isTold ? [error.status, error.code] : [503, 'unavailable'];
      if (error instanceof RefusedConversion && status === 400) meter.refused(code);
      if (status === 503 || status === 429) reply.header('retry-after', '1');
      return picture(reply.code(status).header('x-error-code', code));
    }
  });
}

const picture = (reply: FastifyReply): FastifyReply =>
  reply
    .type('image/gif')
    .header('cache-control', 'no-store')
    // Pages of other sites may show it.
    .header('cross-origin-resource-policy', 'cross-origin')
    .send(PIXEL);

/**
 * The origin of the page, null without one. Pictures come without `Origin`; `Referer` names the page, at least its origin, unless the page
 * says otherwise.
 */
function originOf({ headers: { origin, referer } }: FastifyRequest): string | null {
  if (origin !== undefined) return origin;
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : null;
}

/** As with scripts: no page may use a key that does not name its origin. What no browser sends comes from no page. */
function mayStandIn(key: KeyInForce, request: FastifyRequest): boolean {
  const origin = originOf(request);
  if (origin !== null) return key.allowsOrigin(origin);
  const site = request.headers['sec-fetch-site'];
  return site === undefined || site === 'none' || key.allowsOrigin('*');
}
