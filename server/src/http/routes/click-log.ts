import {
  ClickLogQuery,
  type ClickStory,
  VerdictInput,
  type VerdictReply,
  VerdictsInput,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../../accounts/caller.js';
import { readClickLog } from '../../analytics/queries/click-log.js';
import { findClickPlace } from '../../analytics/queries/click-place.js';
import { findClick, readClickStory } from '../../review/click-story.js';
import { giveVerdict, giveVerdicts } from '../../review/verdicts.js';
import { errorReply } from '../server/errors.js';
import type { Services } from '../server/services.js';

const Path = z.object({ click_id: z.uuid({ error: 'Expected a UUID' }).toLowerCase() });

/** `/api/v1/clicks`: the log, one click's story, and what a person says of clicks. */
export function registerClickLog(app: FastifyInstance, services: Services): void {
  const { ledgerOf, analyticsOf, longReadsOf, operatorPool, now } = services;
  if (!analyticsOf || !longReadsOf) return;

  /** Where the ledger has a click, and whether analytics has it; the ledger answers also when analytics is away. */
  const locate = async (request: FastifyRequest, clickId: string) => {
    const { tenantId } = callerOf(request);
    const [known, asked] = await Promise.all([
      findClick(ledgerOf(request), tenantId, clickId),
      findClickPlace(analyticsOf(request), tenantId, clickId).then(
        (found) => ({ found }),
        (error: unknown) => ({ error }),
      ),
    ]);
    if ('found' in asked) return { place: known ?? asked.found, inAnalytics: asked.found };
    // Older than the dedup window, and analytics can't say where it is.
    if (!known) throw asked.error;
    return { place: known, inAnalytics: 'unknown' as const };
  };
  const noSuchClick = errorReply('not_found', 'There is no click with this id.');

  app.get('/api/v1/clicks', async (request) =>
    readClickLog(analyticsOf(request), callerOf(request).tenantId, ClickLogQuery.parse(request.query)),
  );

  app.get('/api/v1/clicks/:click_id', async (request, reply) => {
    const { tenantId } = callerOf(request);
    const { click_id: clickId } = Path.parse(request.params);
    const { place, inAnalytics } = await locate(request, clickId);
    const story = place && (await readClickStory(ledgerOf(request), tenantId, clickId, place));
    if (!story) return reply.code(404).send(noSuchClick);
    const analyticsState =
      inAnalytics === 'unknown' ? 'unknown' : inAnalytics === null ? 'absent' : 'present';
    return { ...story, analytics: analyticsState } satisfies ClickStory;
  });

  app.post('/api/v1/clicks/:click_id/verdict', async (request, reply) => {
    const { click_id: clickId } = Path.parse(request.params);
    const verdict = VerdictInput.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    const { place } = await locate(request, clickId);
    const click = place && (await readClickStory(ledgerOf(request), tenantId, clickId, place));
    if (!click) return reply.code(404).send(noSuchClick);
    const parts = { pool: operatorPool, now };
    const changed = await giveVerdict(parts, { tenantId, actor }, { clickId, ...place }, verdict);
    return { click_id: clickId, is_fraudulent: verdict.is_fraudulent, changed } satisfies VerdictReply;
  });

  app.post('/api/v1/clicks/verdicts', async (request) => {
    const { tenantId, actor } = callerOf(request);
    const parts = { pool: operatorPool, client: longReadsOf(request), now };
    return giveVerdicts(parts, { tenantId, actor }, VerdictsInput.parse(request.body));
  });
}
