import type { ListEntryInput } from '@clickledger/contract';

export const LIST_LABELS: Record<ListEntryInput['list'], string> = { block: 'Block', allow: 'Allow' };
export const KIND_LABELS: Record<ListEntryInput['kind'], string> = {
  address: 'IP or range',
  user: 'User',
  user_agent: 'User agent',
  referrer_host: 'Referrer host',
};
