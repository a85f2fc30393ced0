import type { FastifyInstance } from 'fastify';
import { readConversionLog } from '../../attribution/conversion-log.js';
import { readConversionPath, readConversionStory } from '../../attribution/conversion-story.js';
import { reportModel } from '../../attribution/model-report.js';
import { NotFound } from '../../lib/told.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** No click is without an advertiser. */
const NOBODY = '';

/** The log of conversions, one conversion's story, and conversions shared by a model. */
export function registerAttribution(app: FastifyInstance, services: Services): void {
  const { ledgerOf, analyticsOf, longReadsOf } = services;
  if (!analyticsOf || !longReadsOf) return;

  serve(app, 'GET /api/v1/conversions', ({ request, caller: { tenantId, advertiserIds }, query }) =>
    readConversionLog(
      { client: analyticsOf(request), ledger: ledgerOf(request), tenantId, advertiserIds },
      query,
    ),
  );

  serve(app, 'GET /api/v1/conversions/:conversion_id', async ({ request, caller, params }) => {
    const stored = await readConversionStory(ledgerOf(request), caller.tenantId, params.conversion_id);
    if (!stored) throw new NotFound('There is no conversion with this ID.');
    // The ledger answers also when analytics is unavailable.
    const path = await readConversionPath(analyticsOf(request), caller.tenantId, stored).catch(
      (error: unknown) => {
        services.log.debug({ error }, 'no path of a conversion');
        return null;
      },
    );
    return { ...stored.story, path };
  });

  serve(app, 'GET /api/v1/analytics/attribution', ({ request, caller, query }) => {
    const { tenantId, advertiserIds } = caller;
    const theirs = query.advertiser_id?.filter((id) => advertiserIds?.includes(id) ?? true) ?? advertiserIds;
    const { advertiser_id: _, ...rest } = query;
    const narrowed = theirs ? { advertiser_id: theirs.length > 0 ? [...theirs] : [NOBODY] } : {};
    return reportModel(
      { client: longReadsOf(request), ledger: ledgerOf(request), tenantId },
      { ...rest, ...narrowed },
    );
  });
}
