import type { AggregateQuery } from '@clickledger/contract';
import { type Caller, NotAllowed } from '../access/caller.js';

/** No click is without an advertiser. */
const NOBODY = '';

/**
 * The question as a caller who sees only some advertisers may ask it: every row that answers it is of those, whatever it is
 * grouped by. Throws `NotAllowed` when it asks why clicks were flagged.
 */
export function onlyTheirs({ advertiserIds }: Caller, query: AggregateQuery): AggregateQuery {
  if (advertiserIds === null) return query;
  if (query.fraud_reason !== undefined || query.group_by?.includes('fraud_reason')) throw new NotAllowed();
  const theirs = query.advertiser_id?.filter((id) => advertiserIds.includes(id)) ?? [...advertiserIds];
  return { ...query, advertiser_id: theirs.length > 0 ? theirs : [NOBODY] };
}
