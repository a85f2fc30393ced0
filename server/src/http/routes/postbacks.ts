import { LIMITS, RETRACTING_ACTIONS } from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TryLimit } from '../../accounts/try-limit.js';
import { RefusedConversion } from '../../conversions/conversion.js';
import { maskedQuery } from '../../conversions/postback.js';
import type { LoggedPostback } from '../../conversions/postback-log.js';
import type { SecretInForce } from '../../conversions/postback-secrets.js';
import { readPostback } from '../../conversions/read-postback.js';
import { retractReported } from '../../conversions/retract.js';
import { isPrefetch } from '../../lib/prefetch.js';
import { Told } from '../../lib/told.js';
import { isTransient } from '../../lib/transient.js';
import type { Services } from '../server/services.js';
import { testTenantOf } from '../server/test-tenant.js';

type Parameters = Record<string, unknown>;
type Outcome = Pick<LoggedPostback, 'outcome' | 'conversionId'>;

const SIGNATURE = '&sig=';
const RETRY_SECONDS = 60;
/** What a network reads of a reply, if anything. */
const ANSWERS: Record<LoggedPostback['outcome'], string> = {
  accepted: 'OK',
  duplicate: 'DUPLICATE',
  retracted: 'OK',
  refused: '',
};

/** `GET` and `POST /postback`: conversions that networks and trackers report. */
export function registerPostbacks(app: FastifyInstance, services: Services): void {
  const { conversions, now } = services;
  if (!conversions) return;
  const { secrets, log, intake, meter } = conversions;
  const wrongSecrets = new TryLimit();

  /** Whose secret the request has, or is signed with. Tells nobody what is wrong with it. */
  async function authenticate(request: FastifyRequest, parameters: Parameters): Promise<SecretInForce> {
    const { secret, kid, exp, sig } = parameters;
    const isSigned = typeof sig === 'string' && typeof exp === 'string' && Number(exp) * 1_000 > now();
    const found =
      typeof secret === 'string'
        ? await secrets.find(secret)
        : isSigned
          ? await secrets.findSigner(Number(kid), signedTextOf(request), sig)
          : null;
    if (found) return found;
    meter.refused('invalid_secret');
    if (wrongSecrets.take(request.ip ?? '', now()))
      throw new Told(401, 'invalid_secret', 'There is no such secret in force.');
    throw new Told(429, 'rate_limited', 'Too many wrong secrets.', RETRY_SECONDS);
  }

  async function record(
    request: FastifyRequest,
    parameters: Parameters,
    tenantId: number,
    { hint }: SecretInForce,
    isTest: boolean,
  ): Promise<Outcome> {
    const nowMs = now();
    const entry = readPostback(parameters, { tenantId, nowMs, isPrivate: false });
    if ('wrong' in entry) {
      meter.refused(entry.wrong.code);
      throw new RefusedConversion(entry.wrong);
    }
    const { action, orderId, clickId } = entry;
    const actor = `postback ${hint}`;
    if (RETRACTING_ACTIONS.has(action)) {
      const retraction = { tenantId, actor, nowMs, orderId, clickId };
      return { outcome: 'retracted', conversionId: await retractReported(services.operatorPool, retraction) };
    }
    const answer = await intake.submit({
      tenantId,
      source: isTest ? 'test' : 'postback',
      madeBy: actor,
      idempotency: null,
      conversions: [entry],
      isAlone: true,
      requestId: request.id,
    });
    const [first] = 'outcomes' in answer ? answer.outcomes : [];
    if (!first || 'wrong' in first) throw new Error('a conversion has no outcome');
    return {
      outcome: first.isDuplicate ? 'duplicate' : 'accepted',
      conversionId: first.conversionId,
    };
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.header('cache-control', 'no-store');
    if (request.method === 'HEAD' || isPrefetch(request)) return say(reply, '');
    const { raw, parameters } = parametersOf(request);
    const secret = await authenticate(request, parameters);
    const isTest = parameters.mode === 'test';
    const tenantId = isTest ? await testTenantOf(services, secret.tenantId) : secret.tenantId;
    const note = (became: Omit<LoggedPostback, 'tenantId' | 'receivedAtMs' | 'method' | 'query'>) =>
      log.note({
        tenantId,
        receivedAtMs: now(),
        method: request.method,
        query: maskedQuery(raw, typeof parameters.secret === 'string' ? parameters.secret : null),
        ...became,
      });
    try {
      const became = await record(request, parameters, tenantId, secret, isTest);
      note({ ...became, code: '', message: '' });
      return say(reply, ANSWERS[became.outcome]);
    } catch (error) {
      note({ outcome: 'refused', conversionId: null, ...reasonOf(error) });
      throw error;
    }
  }

  // A form is taken on these routes alone, so in a context of their own.
  void app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, { form: String(body) }),
    );
    scope.get('/postback', answer);
    scope.post('/postback', { bodyLimit: LIMITS.postbackBodyBytesMax }, answer);
  });
}

const say = (reply: FastifyReply, text: string) => reply.type('text/plain; charset=utf-8').send(text);

/** All parameters, of the query and the body, and their text for the log. What is signed comes in the query alone. */
function parametersOf({ url, query, body }: FastifyRequest): { raw: string; parameters: Parameters } {
  const raw = queryOf(url);
  const parameters = query as Parameters;
  if (typeof body !== 'object' || body === null || 'sig' in parameters) return { raw, parameters };
  const isForm = 'form' in body && typeof body.form === 'string' && Object.keys(body).length === 1;
  const form = new URLSearchParams(isForm ? (body.form as string) : textsOf(body));
  return {
    raw: [raw, String(form)].filter((text) => text !== '').join('&'),
    parameters: { ...Object.fromEntries(form), ...parameters },
  };
}

/** The texts and numbers of a JSON body. */
const textsOf = (body: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );

const queryOf = (url: string): string => url.split('?').slice(1).join('?');

function signedTextOf({ url }: FastifyRequest): string {
  const raw = queryOf(url);
  const end = raw.lastIndexOf(SIGNATURE);
  // Behind the signature nothing is signed.
  return end === -1 || raw.indexOf('&', end + 1) !== -1 ? '' : raw.slice(0, end);
}

/** Why a postback was refused, for its log. */
function reasonOf(error: unknown): { code: string; message: string } {
  if (error instanceof RefusedConversion) {
    const [[field, messages] = ['', []]] = Object.entries(error.wrong.fieldErrors);
    return { code: error.wrong.code, message: [field, messages[0]].filter(Boolean).join(': ') };
  }
  if (error instanceof Told) return { code: error.code, message: error.message };
  const isAway = isTransient(error);
  return {
    code: isAway ? 'unavailable' : 'internal',
    message: isAway ? 'A store could not answer' : 'The server failed to answer this',
  };
}
