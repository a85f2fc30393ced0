import {
  ListEntryInput,
  ListPreviewInput,
  LOOK_BACK_RULES,
  RULES,
  type RuleSettings,
  RuleSettingsChange,
  type RulesReply,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../../accounts/caller.js';
import { NotARange, parseRange } from '../../lib/address-ranges.js';
import {
  addEntry,
  changeRules,
  listEntries,
  listRuleVersions,
  readRules,
  removeEntry,
} from '../../review/fraud-rules.js';
import { previewListEntry } from '../../review/list-preview.js';
import { errorReply, namingFields } from '../server/errors.js';
import type { Services } from '../server/services.js';

const EntryParams = z.object({ entry_id: z.coerce.number('Expected a number').int().positive() });

/** `/api/v1/fraud/rules` and `/api/v1/fraud/lists`: read, change, history. Here a change is in force with the reply. */
export function registerFraudRules(app: FastifyInstance, services: Services): void {
  const { ledgerOf, longReadsOf, rulesInForce, hasher, now } = services;
  const rulesReply = async (request: FastifyRequest): Promise<RulesReply> => ({
    ...(await readRules(ledgerOf(request), callerOf(request).tenantId)),
    rules: Object.entries({ ...RULES, ...LOOK_BACK_RULES }).map(([rule, facts]) => ({ rule, ...facts })),
  });

  app.get('/api/v1/fraud/rules', rulesReply);
  app.get('/api/v1/fraud/rules/versions', async (request) => ({
    data: await listRuleVersions(ledgerOf(request), callerOf(request).tenantId),
  }));
  app.put('/api/v1/fraud/rules', async (request, reply) => {
    const parsed = RuleSettingsChange.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send(namingFields(parsed.error));
    const { note, ...changed } = parsed.data;
    const { tenantId, actor } = callerOf(request);
    await changeRules(ledgerOf(request), tenantId, {
      changed: changed as Partial<RuleSettings>,
      note,
      changedBy: actor,
    });
    await rulesInForce?.refresh(callerOf(request).tenantId);
    return rulesReply(request);
  });

  app.get('/api/v1/fraud/lists', async (request) => ({
    data: await listEntries(ledgerOf(request), callerOf(request).tenantId),
  }));
  app.post('/api/v1/fraud/lists', async (request, reply) => {
    const entry = ListEntryInput.parse(request.body);
    const wrong = wrongField(entry, now());
    if (wrong) return reply.code(400).send({ error: { formErrors: [], fieldErrors: wrong } });
    const { tenantId, actor } = callerOf(request);
    const added = await addEntry(ledgerOf(request), tenantId, entry, actor);
    if (!added) return reply.code(409).send(errorReply('lists_full', 'The lists are full.'));
    await rulesInForce?.refresh(callerOf(request).tenantId);
    return reply.code(201).send(added);
  });
  if (longReadsOf)
    app.post('/api/v1/fraud/lists/preview', async (request, reply) => {
      const entry = ListPreviewInput.parse(request.body);
      const wrong = wrongField({ ...entry, expires_at: null }, now());
      if (wrong) return reply.code(400).send({ error: { formErrors: [], fieldErrors: wrong } });
      const { tenantId } = callerOf(request);
      return previewListEntry(longReadsOf(request), tenantId, entry, { hasher, nowMs: now() });
    });
  app.delete('/api/v1/fraud/lists/:entry_id', async (request, reply) => {
    const { entry_id } = EntryParams.parse(request.params);
    const { tenantId, actor } = callerOf(request);
    if (!(await removeEntry(ledgerOf(request), tenantId, entry_id, actor)))
      return reply.code(404).send(errorReply('not_found', 'No list entry with this ID.'));
    await rulesInForce?.refresh(callerOf(request).tenantId);
    return reply.code(204).send();
  });
}

/** What only the server can tell: whether the range is one, and the time of expiry to come. */
function wrongField(
  { kind, value, expires_at }: Pick<ListEntryInput, 'kind' | 'value' | 'expires_at'>,
  nowMs: number,
): Record<string, string[]> | null {
  if (expires_at !== null && Date.parse(expires_at) <= nowMs)
    return { expires_at: ['Must be in the future'] };
  if (kind !== 'address') return null;
  try {
    parseRange(value);
    return null;
  } catch (error) {
    if (error instanceof NotARange)
      return { value: ['Enter an IP address or a CIDR range, such as 203.0.113.0/24'] };
    throw error;
  }
}
