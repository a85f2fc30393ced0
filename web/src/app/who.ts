import type { MeReply } from '@clickledger/contract';
import { useMe } from '../api/access.js';
import { PAGES, type Page } from './pages.js';

/** Whether a page is any use to whoever is signed in. */
function isFor({ needs }: Page, member: MeReply['member']): boolean {
  if (!member) return false;
  // A member who sees some advertisers alone has no page with what the fraud rules see.
  if (member.advertiser_ids !== null) return needs === 'anybody';
  if (needs === 'operator') return member.is_operator;
  return needs === 'admin' ? member.scopes.includes('admin') : member.scopes.includes('read');
}

/** The pages for whoever is signed in, in the order of the navigation. */
export function usePages(): readonly Page[] {
  const member = useMe().data?.member ?? null;
  return PAGES.filter((page) => isFor(page, member));
}
