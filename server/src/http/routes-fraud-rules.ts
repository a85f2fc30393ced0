import {
  ListEntryInput,
  LOOK_BACK_RULES,
  RULES,
  type RuleSettings,
  RuleSettingsChange,
  type RulesReply,
} from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { NotARange, parseRange } from '../enrich/address-ranges.js';
import {
  addEntry,
  changeRules,
  listEntries,
  listRuleVersions,
  readRules,
  removeEntry,
} from '../ledger/fraud-rules.js';
import { errorReply, namingFields } from './errors.js';
import { DEFAULT_TENANT_ID, PROTECTED_MODE, type Services } from './services.js';

const EntryParams = z.object({ entry_id: z.coerce.number('Expected a number').int().positive() });

/** `/api/v1/fraud/rules` and `/api/v1/fraud/lists`: read, change, history. Here a change is in force with the reply. */
export function registerFraudRules(app: FastifyInstance, { pool, rulesInForce, now }: Services): void {
  const rulesReply = async (): Promise<RulesReply> => ({
    ...(await readRules(pool, DEFAULT_TENANT_ID)),
    rules: Object.entries({ ...RULES, ...LOOK_BACK_RULES }).map(([rule, facts]) => ({ rule, ...facts })),
  });

  app.get('/api/v1/fraud/rules', rulesReply);
  app.get('/api/v1/fraud/rules/versions', async () => ({
    data: await listRuleVersions(pool, DEFAULT_TENANT_ID),
  }));
  app.put('/api/v1/fraud/rules', async (request, reply) => {
    const parsed = RuleSettingsChange.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send(namingFields(parsed.error));
    const { note, ...changed } = parsed.data;
    await changeRules(pool, DEFAULT_TENANT_ID, {
      changed: changed as Partial<RuleSettings>,
      note,
      changedBy: PROTECTED_MODE,
    });
    await rulesInForce?.refresh();
    return rulesReply();
  });

  app.get('/api/v1/fraud/lists', async () => ({ data: await listEntries(pool, DEFAULT_TENANT_ID) }));
  app.post('/api/v1/fraud/lists', async (request, reply) => {
    const entry = ListEntryInput.parse(request.body);
    const wrong = wrongField(entry, now());
    if (wrong) return reply.code(400).send({ error: { formErrors: [], fieldErrors: wrong } });
    const added = await addEntry(pool, DEFAULT_TENANT_ID, entry, PROTECTED_MODE);
    if (!added)
      return reply.code(409).send(errorReply('lists_full', 'The lists have no room for more entries.'));
    await rulesInForce?.refresh();
    return reply.code(201).send(added);
  });
  app.delete('/api/v1/fraud/lists/:entry_id', async (request, reply) => {
    const { entry_id } = EntryParams.parse(request.params);
    if (!(await removeEntry(pool, DEFAULT_TENANT_ID, entry_id, PROTECTED_MODE)))
      return reply.code(404).send(errorReply('not_found', 'There is no entry with this id.'));
    await rulesInForce?.refresh();
    return reply.code(204).send();
  });
}

/** What only the server can tell: whether the range is one, and the time of expiry to come. */
function wrongField(
  { kind, value, expires_at }: ListEntryInput,
  nowMs: number,
): Record<string, string[]> | null {
  if (expires_at !== null && Date.parse(expires_at) <= nowMs)
    return { expires_at: ['Must be in the future'] };
  if (kind !== 'address') return null;
  try {
    parseRange(value);
    return null;
  } catch (error) {
    if (error instanceof NotARange) return { value: ['Not an address or CIDR range'] };
    throw error;
  }
}
