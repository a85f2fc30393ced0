import type { FastifyReply } from 'fastify';

/** A reply that a browser saves as a CSV file of this name. */
export const asFile = (reply: FastifyReply, name: string) =>
  reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store');
