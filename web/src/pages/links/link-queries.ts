import { LIMITS, type Link, type LinkChange } from '@clickledger/contract';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/http.js';
import { type ChosenAd, setUpAd } from './ad-choice.js';
import { changeOf, type LinkDraft, newLinkOf } from './link-draft.js';

const STALE_MS = 30_000;
const often = { staleTime: STALE_MS, refetchInterval: STALE_MS };

/** The newest links, as many as one page holds, whose name, slug or destination holds the text. */
export const useLinks = (search: string) =>
  useQuery({
    queryKey: ['links', 'list', search],
    queryFn: ({ signal }) => {
      const query = { limit: LIMITS.linksPageMax, ...(search && { search }) };
      return call('GET /api/v1/links', { query, signal });
    },
    placeholderData: keepPreviousData,
    ...often,
  });

/** One link, also one that the list has no room for. An unknown one is an error with status 404. */
export const useLink = (id: string) =>
  useQuery({
    queryKey: ['links', 'one', id],
    queryFn: ({ signal }) => call('GET /api/v1/links/:link_id', { params: { link_id: id }, signal }),
    ...often,
  });

/** The account's own hosts for links. */
export const useLinkHosts = () =>
  useQuery({
    queryKey: ['link-hosts'],
    queryFn: ({ signal }) => call('GET /api/v1/link-hosts', { signal }),
    staleTime: STALE_MS,
  });

interface Saved {
  draft: LinkDraft;
  ad: ChosenAd;
  /** Of the form's times. */
  zone: string;
}

/** Creates a link, or changes one; what it needs of campaigns and ads is set up before. */
export function useSaveLink(link: Link | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ draft, ad, zone }: Saved): Promise<Link> => {
      await setUpAd(ad);
      if (!link) return call('POST /api/v1/links', { body: newLinkOf(draft, ad.adId, zone) });
      const body = changeOf(link, draft, ad.adId, zone);
      if (Object.keys(body).length === 0) return link;
      return call('PATCH /api/v1/links/:link_id', { params: { link_id: link.link_id }, body });
    },
    onSettled: () => {
      for (const name of ['links', 'campaigns', 'ads', 'advertisers'])
        void client.invalidateQueries({ queryKey: [name] });
    },
  });
}

/** Changes some fields of a link. */
export function useChangeLink(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: LinkChange) => call('PATCH /api/v1/links/:link_id', { params: { link_id: id }, body }),
    onSettled: () => client.invalidateQueries({ queryKey: ['links'] }),
  });
}

/** Makes a key that signs URLs of a link; it is told once. */
export function useMakeSigningKey(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call('POST /api/v1/links/:link_id/signing-keys', { params: { link_id: id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['links'] }),
  });
}

/** Checks a CSV file of links, or makes them all. */
export function useImportLinks() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { csv: string; dry_run: boolean }) => call('POST /api/v1/links/import', { body }),
    onSettled: () => client.invalidateQueries({ queryKey: ['links'] }),
  });
}
