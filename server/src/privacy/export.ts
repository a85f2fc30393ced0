import type { UserDataReply } from '@clickledger/contract';
import { LIMITS } from '@clickledger/contract';
import { recordAudit } from '../audit/audit.js';
import { inTransaction } from '../lib/transaction.js';
import { userRowsInAnalytics } from './data-in-analytics.js';
import { userClicks, userConversions, userListEntries } from './data-in-ledger.js';
import type { PrivacyParts } from './forget.js';

/** Everything that is held of a user, as it is stored. Noted in the audit log, without the name. */
export async function exportUser(
  { pool, client }: Pick<PrivacyParts, 'pool' | 'client'>,
  tenantId: number,
  userId: string,
  exportedBy: string,
): Promise<UserDataReply> {
  const limit = LIMITS.userDataRowsMax;
  const analytics = await userRowsInAnalytics(client, tenantId, userId, limit);
  return inTransaction(pool, async (session) => {
    const ledger = await userClicks(session, tenantId, userId, limit);
    const conversions = await userConversions(session, tenantId, userId, limit);
    const lists = await userListEntries(session, tenantId, userId);
    await recordAudit(session, {
      tenantId,
      actor: exportedBy,
      action: 'user.export',
      subject: 'one user',
      before: null,
      after: { clicks: ledger.length },
    });
    return {
      user_id: userId,
      ledger,
      analytics,
      conversions,
      lists,
      is_complete: [ledger, analytics, conversions].every(({ length }) => length < limit),
    };
  });
}
