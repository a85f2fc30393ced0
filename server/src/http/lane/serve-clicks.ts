import type { Socket } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';
import type { KeyInForce } from '../../access/access-in-force.js';
import { type Answer, Refused, replyToOne } from '../../ingest/submission.js';
import { messageOf } from '../../log.js';
import { quickCallerOf } from '../authenticate.js';
import { makeIntake, readKey } from '../click-intake.js';
import { errorReply, mayTryAgain, REFUSALS, RETRY_AFTER_SECONDS, UNAVAILABLE } from '../errors.js';
import { bodyHashOf, readJson } from '../json-body.js';
import { requestIdOf } from '../request-id.js';
import type { Services } from '../services.js';
import type { LaneReply, Serve } from './lane.js';
import type { PlainRequest } from './plain-request.js';

const RETRY_AFTER = `retry-after: ${RETRY_AFTER_SECONDS}\r\n`;
const QUEUE_FULL = JSON.stringify(errorReply('queue_full', REFUSALS.queue_full.message));

/**
 * `POST /api/v1/clicks` as `registerClicks` and the hooks before it have it, for requests that will most likely be taken. Whatever
 * else there is to say to one, it goes the long way, where every error has its words.
 *
 * @param isTrusted whether an address is a proxy's whose X-Forwarded-For is believed; null when none is
 */
export function serveClicks(
  services: Services,
  role: NonNullable<Services['ingest']>,
  isTrusted: ((address: string) => boolean) | null,
): Serve {
  const { ingest } = role;
  const intake = makeIntake(services, role);

  function addressOf(headers: PlainRequest['headers'], socket: Socket): string | null {
    if (isTrusted === null) return socket.remoteAddress ?? null;
    return proxyAddress({ headers, socket } as never, isTrusted) ?? null;
  }

  return function serve({ headers, body }, socket) {
    const id = requestIdOf({ headers });
    const start = `x-request-id: ${id}\r\n`;
    if (ingest.isFull) {
      ingest.refusedUnread();
      return { status: 503, fields: start + RETRY_AFTER, body: QUEUE_FULL };
    }
    const sender = quickCallerOf(headers, services);
    const key = readKey(headers['idempotency-key'] as string | undefined);
    if (sender === null || (typeof key === 'object' && key !== null)) return null;
    const { tenantId } = sender.caller;
    const json = parsed(body);
    if (json === undefined) return null;
    const click = intake.read(json, { tenantId, headers, address: addressOf(headers, socket), key }, 0, '');
    if ('fieldErrors' in click) return null;
    // Last: what goes the long way is counted there.
    const limit = limitOf(sender.key, services.now());
    if (limit === null) return null;
    const fields = `${start}x-content-type-options: nosniff\r\n${limit}`;
    return intake
      .submit({
        tenantId,
        idempotency: key === null ? null : { key, bodyHash: bodyHashOf('/api/v1/clicks', body) },
        clicks: [click],
        reply: replyToOne,
        requestId: id,
        traceparent: headers.traceparent as string | undefined,
      })
      .then(
        ({ isRepeat, body: text }: Answer): LaneReply => ({
          status: isRepeat ? 200 : 202,
          fields,
          body: text,
        }),
        (error: unknown): LaneReply => refusal(error, fields),
      );
  };

  function refusal(error: unknown, fields: string): LaneReply {
    if (error instanceof Refused) {
      const { status, message } = REFUSALS[error.reason];
      const body = JSON.stringify(errorReply(error.reason, message));
      return { status, fields: mayTryAgain(error.reason) ? fields + RETRY_AFTER : fields, body };
    }
    services.log.error({ error: messageOf(error) }, 'a click failed');
    return { status: 503, fields: fields + RETRY_AFTER, body: JSON.stringify(UNAVAILABLE) };
  }
}

/** Undefined when it is no JSON. */
function parsed(body: Buffer): unknown {
  try {
    return readJson(body);
  } catch {
    return undefined;
  }
}

/** Takes one request of a key's; the fields that say what is left, or null when it has none. */
function limitOf(key: KeyInForce | null, nowMs: number): string | null {
  const bucket = key?.bucket;
  if (!key || !bucket) return '';
  if (!bucket.take(nowMs)) return null;
  return `ratelimit-policy: ${key.policyHeader}\r\nratelimit: "key";r=${bucket.left};t=${bucket.secondsUntilFull}\r\n`;
}
