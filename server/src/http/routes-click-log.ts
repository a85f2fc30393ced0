import { ClickLogQuery, type ClickStory } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../access/caller.js';
import { readClickLog } from '../analytics/click-log.js';
import { findClickPlace } from '../analytics/click-place.js';
import { findClick, readClickStory } from '../ledger/click-story.js';
import { errorReply } from './errors.js';
import type { Services } from './services.js';

const Path = z.object({ click_id: z.uuid({ error: 'Expected a UUID' }).toLowerCase() });

/** `GET /api/v1/clicks` and `GET /api/v1/clicks/:click_id`. */
export function registerClickLog(app: FastifyInstance, services: Services): void {
  const { ledgerOf, analyticsOf } = services;
  if (!analyticsOf) return;

  app.get('/api/v1/clicks', async (request) =>
    readClickLog(analyticsOf(request), callerOf(request).tenantId, ClickLogQuery.parse(request.query)),
  );

  app.get('/api/v1/clicks/:click_id', async (request, reply) => {
    const { tenantId } = callerOf(request);
    const { click_id: clickId } = Path.parse(request.params);
    // The ledger tells the story also when analytics is away.
    const [known, inAnalytics] = await Promise.all([
      findClick(ledgerOf(request), tenantId, clickId),
      findClickPlace(analyticsOf(request), tenantId, clickId).catch(() => 'unknown' as const),
    ]);
    const place = known ?? inAnalytics;
    // Older than the dedup window, and analytics can't say where it is.
    if (place === 'unknown') throw new Error('analytics can not be asked where the click is');
    const story = place && (await readClickStory(ledgerOf(request), tenantId, clickId, place));
    if (!story) return reply.code(404).send(errorReply('not_found', 'There is no click with this id.'));
    const analyticsState =
      inAnalytics === 'unknown' ? 'unknown' : inAnalytics === null ? 'absent' : 'present';
    return { ...story, analytics: analyticsState } satisfies ClickStory;
  });
}
