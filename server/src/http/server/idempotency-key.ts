import type { FastifyRequest } from 'fastify';
import { type Invalid, readKey } from './click-intake.js';

/** The Idempotency-Key of a request, null without one, or what is wrong with it. */
export function keyOf(request: FastifyRequest): string | null | Invalid {
  const header = request.headers['idempotency-key'] as string | undefined;
  // Node joins a repeated header with commas, which a key may hold itself.
  if (header?.includes(',') && isRepeated(request))
    return { formErrors: [], fieldErrors: { 'Idempotency-Key': ['Must be sent once'] } };
  return readKey(header);
}

function isRepeated({ raw }: FastifyRequest): boolean {
  // Not there on requests that come without a socket, as tests inject them.
  const sent = (raw.headersDistinct as NodeJS.Dict<string[]> | undefined)?.['idempotency-key'];
  return sent !== undefined && sent.length !== 1;
}
