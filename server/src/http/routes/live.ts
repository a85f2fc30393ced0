import type { AggregateQuery } from '@clickledger/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { figureFieldsOf, narrowToAdvertisers } from '../../accounts/advertiser-view.js';
import type { Caller } from '../../accounts/caller.js';
import { Busy } from '../../lib/shares.js';
import { toEvent } from '../../live/event-streams.js';
import type { Live } from '../../live/live.js';
import { parseView, type View } from '../../live/stream-view.js';
import { watchCredential } from '../server/recheck-access.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

const BUSY =
  'Too many streams are open for this account, or on this server; poll /analytics/aggregate, or try again.';
const BUSY_RETRY_SECONDS = 5;
/** A HEAD would open a stream that nobody reads. */
const NO_HEAD = { exposeHeadRoute: false };

/** `GET /api/v1/live` and `GET /api/v1/analytics/stream`, as server-sent events. */
export function registerLive(app: FastifyInstance, services: Services): void {
  const { live } = services;
  if (!live) return;
  // Before the server waits for its connections to end: a stream never ends by itself.
  app.addHook('preClose', async () => live.stop());

  serve(app, 'GET /api/v1/live', NO_HEAD, ({ request, reply, caller: { tenantId } }) => {
    const feed = live.feedOf(tenantId);
    if (!live.streams.hasRoom(tenantId)) throw new Busy(BUSY, BUSY_RETRY_SECONDS);
    reply.hijack();
    const stop = watchCredential(services, request, () => reply.raw.end());
    const reader = live.streams.open(reply.raw, tenantId, () => {
      stop();
      feed.unwatch(reader);
    });
    feed.watch(reader);
    return reply;
  });

  serve(app, 'GET /api/v1/analytics/stream', NO_HEAD, ({ request, reply, caller, query }) => {
    const views = parseViews(caller, query.q, services.now());
    const { tenantId } = caller;
    if (!live.streams.hasRoom(tenantId) || !live.views.hasRoom(tenantId, views))
      throw new Busy(BUSY, BUSY_RETRY_SECONDS);
    reply.hijack();
    const stop = watchCredential(services, request, () => reply.raw.end());
    stream(live, reply, tenantId, views, stop);
    return reply;
  });
}

function stream(
  live: Live,
  reply: FastifyReply,
  tenantId: number,
  views: readonly View[],
  onClose: () => void,
): void {
  const distinct = [...new Map(views.map((view) => [view.key, view])).values()];
  const reader = live.streams.open(reply.raw, tenantId, () => {
    onClose();
    for (const view of distinct) live.views.unwatch(view, reader);
  });
  reader.send(toEvent('views', { views: views.map((view) => view.key) }, null));
  for (const view of distinct) live.views.watch(view, reader);
}

/** Throws a `ZodError` whose field is `q`, with what is wrong with which view. */
function parseViews(caller: Caller, texts: readonly string[], nowMs: number): View[] {
  const issues: z.core.$ZodIssue[] = [];
  const views = texts.flatMap((text, i) => {
    try {
      const narrow = (query: AggregateQuery) => narrowToAdvertisers(caller, query);
      return [parseView(caller.tenantId, text, nowMs, narrow, figureFieldsOf(caller))];
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      for (const issue of error.issues) {
        const field = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
        issues.push({
          code: 'custom',
          path: ['q'],
          message: `View ${i + 1}: ${field}${issue.message}`,
          input: text,
        });
      }
      return [];
    }
  });
  if (issues.length > 0) throw new z.ZodError(issues);
  return views;
}
