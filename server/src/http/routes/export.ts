import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BOM } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { readCurrency, readSettings } from '../../accounts/account-settings.js';
import { narrowToAdvertisers } from '../../accounts/advertiser-view.js';
import { aggregate } from '../../analytics/queries/aggregate.js';
import { aggregateCsv, daysOf, type NameOf } from '../../analytics/queries/aggregate-csv.js';
import { EXPORT_HEADER, exportClicks } from '../../analytics/queries/click-export.js';
import { isNamed, namesOf } from '../../ledger/entity-names.js';
import { errorFields } from '../../lib/log.js';
import { Busy, Shares } from '../../lib/shares.js';
import { isTransient } from '../../lib/transient.js';
import { asFile } from '../server/file-reply.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** Each holds a connection of the engine for as long as its reader likes; of all tenants and of each. */
export const EXPORTS = { total: 4, each: 2 };
/** A reader that takes nothing for so long is gone. */
const STALL_MS_MAX = 60_000;
/** A HEAD would begin an export that nobody reads. */
const NO_HEAD = { exposeHeadRoute: false };
const BUSY =
  'Too many exports are running for this account, or on this server. Try again when one has ended.';
const BUSY_RETRY_SECONDS = 10;

/** `GET /api/v1/export/clicks.csv` and `GET /api/v1/export/aggregate.csv`. */
export function registerExports(
  app: FastifyInstance,
  { analyticsOf, rollups, longReadsOf, ledgerOf, log }: Services,
): void {
  if (!analyticsOf || !rollups || !longReadsOf) return;
  const running = new Shares<number>(EXPORTS);

  serve(
    app,
    'GET /api/v1/export/clicks.csv',
    NO_HEAD,
    async ({ request, reply, caller: { tenantId }, query }) => {
      if (!running.hasRoom(tenantId)) throw new Busy(BUSY, BUSY_RETRY_SECONDS);
      const giveBack = running.take(tenantId);
      const abort = new AbortController();
      request.raw.once('close', () => reply.raw.writableFinished || abort.abort());
      try {
        // Nothing is sent before the engine has begun to answer: until then an error is an error of the whole reply.
        const { currency } = await readSettings(ledgerOf(request), tenantId);
        const rows = await exportClicks(longReadsOf(request), tenantId, query, currency, abort.signal);
        const body = new PassThrough();
        body.write(`${query.bom === 'true' ? BOM : ''}${EXPORT_HEADER}`);
        reply.raw.setTimeout(STALL_MS_MAX, () => abort.abort());
        pipeline(rows, body, { signal: abort.signal })
          .catch((error: unknown) => {
            // Its reader went away, or a store did: an export is cut, which is all that a reader can be shown.
            const isExpected = abort.signal.aborted || isTransient(error);
            log[isExpected ? 'info' : 'error'](
              { requestId: request.id, ...errorFields(error) },
              'an export ended early',
            );
          })
          .finally(giveBack);
        const days = daysOf(query, query.timezone);
        return asFile(reply, `clickledger-clicks${days === '' ? '' : `-${days}`}.csv`).send(body);
      } catch (error) {
        giveBack();
        throw error;
      }
    },
  );

  serve(
    app,
    'GET /api/v1/export/aggregate.csv',
    async ({ request, reply, caller, query: { bom, ...query } }) => {
      const { tenantId } = caller;
      const { data } = await aggregate(
        analyticsOf(request),
        tenantId,
        narrowToAdvertisers(caller, query),
        rollups,
        () => readCurrency(ledgerOf(request), tenantId),
      );
      const pool = ledgerOf(request);
      const { group_by: groupBy = [], granularity, timezone } = query;
      const named = groupBy.filter(isNamed);
      const names = new Map(
        await Promise.all(
          named.map(async (dimension) => {
            const ids = [...new Set(data.map((row) => row[dimension] ?? ''))];
            return [dimension as string, await namesOf(pool, tenantId, dimension, ids)] as const;
          }),
        ),
      );
      const { currency } = await readSettings(pool, tenantId);
      const nameOf: NameOf = (dimension, value) => names.get(dimension)?.get(value) ?? null;
      const what = groupBy.length > 0 ? groupBy.map((one) => one.replace(/_id$/, '')).join('-') : 'clicks';
      const by = granularity === 'total' ? '' : `-by-${granularity}`;
      return asFile(reply, `clickledger-${what}${by}-${daysOf(query, timezone)}.csv`).send(
        `${bom === 'true' ? BOM : ''}${aggregateCsv(data, query, named, nameOf, currency)}`,
      );
    },
  );
}
