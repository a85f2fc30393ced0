import { quickCallerOf, rateFields } from '../server/authenticate.js';
import { makeIntake, readKey } from '../server/click-intake.js';
import { type ErrorReplies, RETRY_AFTER_SECONDS } from '../server/errors.js';
import { bodyHashOf, readJson } from '../server/json-body.js';
import { QUEUE_FULL } from '../server/refuse-when-full.js';
import { requestIdOf } from '../server/request-id.js';
import type { Services } from '../server/services.js';
import type { AddressOf, FastReply, Serve } from './fast-path.js';
import { linesOf } from './lines.js';
import { CLICKS_TARGET } from './plain-request.js';

const ROUTE = CLICKS_TARGET;
const retryAfterLine = (seconds: number) => `retry-after: ${seconds}\r\n`;
const RETRY_AFTER = retryAfterLine(RETRY_AFTER_SECONDS);

/**
 * `POST /api/v1/clicks` as `registerClicks` and the hooks before it have it, for requests that will most likely be taken. Whatever
 * else there is to say to one, it goes the long way, where every error has its words.
 */
export function serveClicks(
  services: Services,
  role: NonNullable<Services['ingest']>,
  replies: ErrorReplies,
  addressOf: AddressOf,
): Serve {
  const { ingest } = role;
  const intake = makeIntake(services, role);

  return function serve({ headers, body }, socket) {
    const id = requestIdOf({ headers });
    const start = `x-request-id: ${id}\r\n`;
    const sender = quickCallerOf(headers, socket, services);
    if (sender === null) return null;
    if (ingest.isFullFor(sender.caller.tenantId)) {
      ingest.refusedUnread();
      return { status: 503, fields: start + RETRY_AFTER, body: QUEUE_FULL };
    }
    const bucket = sender.key?.bucket ?? null;
    const nowMs = services.now();
    // Who has used up their rate, and who has hung up already and has no address any more, cost no more than they must.
    if (bucket?.hasOne(nowMs) === false || socket.remoteAddress === undefined) return null;
    const key = readKey(headers['idempotency-key'] as string | undefined);
    if (typeof key === 'object' && key !== null) return null;
    const { tenantId } = sender.caller;
    const json = parsed(body);
    if (json === undefined) return null;
    const taken = intake.alone(
      json,
      { tenantId, headers, address: addressOf(headers, socket), key },
      {
        bodyHash: key === null ? '' : bodyHashOf(ROUTE, body),
        requestId: id,
        traceparent: headers.traceparent as string | undefined,
      },
    );
    if ('fieldErrors' in taken) return null;
    // Last: what goes the long way is counted there.
    if (bucket?.take(nowMs) === false) return null;
    const rate = bucket && sender.key ? linesOf(rateFields(sender.key.policyHeader, bucket)) : '';
    const fields = `${start}x-content-type-options: nosniff\r\n${rate}`;
    return taken.commit().then(
      ({ status, body: text }): FastReply => ({ status, fields, body: text }),
      (error: unknown): FastReply => refusal(error, id, fields),
    );
  };

  function refusal(error: unknown, requestId: string, fields: string): FastReply {
    const { status, body, retryAfterSeconds } = replies.of(error, {
      id: requestId,
      method: 'POST',
      route: ROUTE,
    });
    const retryAfter = retryAfterSeconds === null ? '' : retryAfterLine(retryAfterSeconds);
    return { status, fields: fields + retryAfter, body: JSON.stringify(body) };
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
