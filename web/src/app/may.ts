import { ACCESS_TABLE, type Action, type MeReply, mayUse } from '@clickledger/contract';
import { useMe } from '../api/access.js';
import { PAGES, type Page, pageOf } from './pages.js';

type Me = MeReply['member'];

/**
 * Whether whoever is signed in may use a route of the API, by the table that the server goes by too: offer no control otherwise.
 *
 * @param me `useMe().data?.member`; null: nobody, who may use public routes alone
 * @param action such as `PATCH /api/v1/campaigns/:campaign_id`
 */
export const may = (me: Me, action: Action): boolean =>
  mayUse(
    ACCESS_TABLE[action],
    me && {
      scopes: new Set(me.scopes),
      isMember: me.email !== null,
      isAdvertiser: me.advertiser_ids !== null,
      isOperator: me.is_operator,
    },
  );

/** `may` for whoever is signed in now. */
export const useMay = (action: Action): boolean => may(useMe().data?.member ?? null, action);

/** Whether the page at this path is any use to somebody: a path that is no page of the navigation is everybody's. */
export function mayOpen(me: Me, pathname: string): boolean {
  const page = pageOf(pathname);
  return page === null || may(me, page.asks);
}

/** The pages for whoever is signed in, in the order of the navigation. */
export function usePages(): readonly Page[] {
  const me = useMe().data?.member ?? null;
  return PAGES.filter(({ asks }) => may(me, asks));
}
