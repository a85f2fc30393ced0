import {
  type ListEntryInput,
  LOOK_BACK_RULES,
  RULES,
  type RuleSettings,
  type RulesReply,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { NotARange, parseRange } from '../../lib/address-ranges.js';
import { Invalid, NotFound, Told } from '../../lib/told.js';
import {
  addEntry,
  changeRules,
  listEntries,
  listRuleVersions,
  readRules,
  removeEntry,
} from '../../review/fraud-rules.js';
import { previewListEntry } from '../../review/list-preview.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `/api/v1/fraud/rules` and `/api/v1/fraud/lists`: read, change, history. Here a change is in force with the reply. */
export function registerFraudRules(app: FastifyInstance, services: Services): void {
  const { ledgerOf, longReadsOf, rulesInForce, hasher, now } = services;
  const rulesReply = async (request: FastifyRequest): Promise<RulesReply> => ({
    ...(await readRules(ledgerOf(request), callerOf(request).tenantId)),
    rules: Object.entries({ ...RULES, ...LOOK_BACK_RULES }).map(([rule, facts]) => ({ rule, ...facts })),
  });

  serve(app, 'GET /api/v1/fraud/rules', ({ request }) => rulesReply(request));
  serve(app, 'GET /api/v1/fraud/rules/versions', async ({ request, caller }) => ({
    data: await listRuleVersions(ledgerOf(request), caller.tenantId),
  }));
  serve(app, 'PUT /api/v1/fraud/rules', async ({ request, caller, body: { note, ...changed } }) => {
    const { tenantId, actor } = caller;
    await changeRules(ledgerOf(request), tenantId, {
      changed: changed as Partial<RuleSettings>,
      note,
      changedBy: actor,
    });
    await rulesInForce?.refresh(tenantId);
    return rulesReply(request);
  });

  serve(app, 'GET /api/v1/fraud/lists', async ({ request, caller }) => ({
    data: await listEntries(ledgerOf(request), caller.tenantId),
  }));
  serve(app, 'POST /api/v1/fraud/lists', async ({ request, caller, body: entry }) => {
    const { tenantId, actor } = caller;
    if (entry.expires_at !== null && Date.parse(entry.expires_at) <= now())
      throw new Invalid('Must be in the future', 'expires_at');
    checkRange(entry);
    const added = await addEntry(ledgerOf(request), tenantId, entry, actor);
    if (!added) throw new Told(409, 'lists_full', 'The lists are full.');
    await rulesInForce?.refresh(tenantId);
    return added;
  });
  if (longReadsOf)
    serve(app, 'POST /api/v1/fraud/lists/preview', ({ request, caller, body: entry }) => {
      checkRange(entry);
      return previewListEntry(longReadsOf(request), caller.tenantId, entry, { hasher, nowMs: now() });
    });
  serve(app, 'DELETE /api/v1/fraud/lists/:entry_id', async ({ request, caller, params }) => {
    const { tenantId, actor } = caller;
    if (!(await removeEntry(ledgerOf(request), tenantId, params.entry_id, actor)))
      throw new NotFound('No list entry with this ID.');
    await rulesInForce?.refresh(tenantId);
  });
}

/** What only the server can tell: whether a range of addresses is one. Throws `Invalid`. */
function checkRange({ kind, value }: Pick<ListEntryInput, 'kind' | 'value'>): void {
  if (kind !== 'address') return;
  try {
    parseRange(value);
  } catch (error) {
    if (error instanceof NotARange)
      throw new Invalid('Enter an IP address or a CIDR range, such as 203.0.113.0/24', 'value');
    throw error;
  }
}
