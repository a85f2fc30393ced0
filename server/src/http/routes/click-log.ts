import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { readClickLog } from '../../analytics/queries/click-log.js';
import { findClickPlace } from '../../analytics/queries/click-place.js';
import { readConversionsOfClick } from '../../attribution/conversions-of-click.js';
import { NotFound } from '../../lib/told.js';
import { findClick, readClickStory } from '../../review/click-story.js';
import { giveVerdict, giveVerdicts } from '../../review/verdicts.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `/api/v1/clicks`: the log, one click's story, and what a person says of clicks. */
export function registerClickLog(app: FastifyInstance, services: Services): void {
  const { ledgerOf, analyticsOf, longReadsOf, operatorPool, now } = services;
  if (!analyticsOf || !longReadsOf) return;

  /** Where the ledger has a click and what it knows of it, and whether analytics has it; the ledger answers also when analytics is away. */
  const find = async (request: FastifyRequest, clickId: string) => {
    const { tenantId } = callerOf(request);
    const [known, asked] = await Promise.all([
      findClick(ledgerOf(request), tenantId, clickId),
      findClickPlace(analyticsOf(request), tenantId, clickId).then(
        (found) => ({ found }),
        (error: unknown) => ({ error }),
      ),
    ]);
    // Older than the dedup window, and analytics can't say where it is.
    if (!known && 'error' in asked) throw asked.error;
    const found = 'found' in asked ? asked.found : null;
    const place = known ?? found;
    const story = place && (await readClickStory(ledgerOf(request), tenantId, clickId, place));
    if (!story) throw new NotFound('There is no click with this id.');
    const conversions = await readConversionsOfClick(ledgerOf(request), tenantId, clickId);
    const analytics = 'error' in asked ? 'unknown' : found === null ? 'absent' : 'present';
    return { place, story: { ...story, conversions, analytics } as const };
  };

  serve(app, 'GET /api/v1/clicks', ({ request, caller, query }) =>
    readClickLog(analyticsOf(request), caller.tenantId, query),
  );

  serve(
    app,
    'GET /api/v1/clicks/:click_id',
    async ({ request, params }) => (await find(request, params.click_id)).story,
  );

  serve(app, 'POST /api/v1/clicks/:click_id/verdict', async ({ request, caller, params, body }) => {
    const { click_id } = params;
    const { place } = await find(request, click_id);
    const changed = await giveVerdict(
      { pool: operatorPool, now },
      caller,
      { clickId: click_id, ...place },
      body,
    );
    return { click_id, is_fraudulent: body.is_fraudulent, changed };
  });

  serve(app, 'POST /api/v1/clicks/verdicts', ({ request, caller, body }) =>
    giveVerdicts({ pool: operatorPool, client: longReadsOf(request), now }, caller, body),
  );
}
