import { pipeline, type Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** `gzip` in an Accept-Encoding that does not rule it out (RFC 9110, section 12.5.3). */
const TAKES_GZIP = /(?:^|,)\s*(?:x-)?gzip\s*(?!;\s*q=0(?:\.0*)?\s*(?:,|$))(?:[;,]|$)/i;

/** Whether whoever sent this header takes gzip. */
export const takesGzip = (acceptEncoding: string | undefined): boolean =>
  acceptEncoding !== undefined && TAKES_GZIP.test(acceptEncoding);

/** Sends what comes, each part as soon as it comes, packed for whoever takes that. */
export function packedReply(request: FastifyRequest, reply: FastifyReply, parts: Readable): FastifyReply {
  // A proxy in between is asked not to hold parts back.
  reply.header('vary', 'Accept-Encoding').header('x-accel-buffering', 'no');
  if (!takesGzip(request.headers['accept-encoding'])) return reply.send(parts);
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  // A reader who leaves ends both; Fastify sees to the reply itself.
  pipeline(parts, gzip, () => undefined);
  return reply.header('content-encoding', 'gzip').send(gzip);
}
