import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a client or a balancer may call a request: it stands in our log and in the reply, so it has to be plain and short. */
const SANE = /^[\w.:-]{1,64}$/;
/** Of this process: ids of several do not meet. */
const PREFIX = randomBytes(6).toString('base64url').replace(/[^\w]/g, 'x');
let serial = 0;

/** The id of a request: what `X-Request-Id` says if it is sane, else one of our own. Counted, not drawn: there are 10,000 a second. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  if (typeof given === 'string' && SANE.test(given)) return given;
  serial++;
  return `${PREFIX}-${serial.toString(36)}`;
}
