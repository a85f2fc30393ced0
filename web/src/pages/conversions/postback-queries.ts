import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';
import { useMay } from '../../app/may.js';

/** Postbacks on one page of the log. */
const PAGE_ROWS = 50;

/** A page of the postback log: the newest one is followed. */
export const usePostbacks = (before: string | undefined, outcome: string | undefined) =>
  useQuery({
    queryKey: ['postbacks', before, outcome],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ limit: String(PAGE_ROWS) });
      if (before) query.set('before', before);
      if (outcome) query.set('outcome', outcome);
      return call('GET /api/v1/postbacks', { query, signal });
    },
    placeholderData: keepPreviousData,
    refetchInterval: before ? false : POLL_MS,
  });

/** The postback secrets, for those who may make them. */
export const usePostbackSecrets = () =>
  useQuery({
    enabled: useMay('GET /api/v1/postback-secrets'),
    queryKey: ['postback-secrets'],
    queryFn: ({ signal }) => call('GET /api/v1/postback-secrets', { signal }),
  });

/** Make a secret, revoke one; the list is read again after each. */
export function useChangeSecrets() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['postback-secrets'] });
  return {
    make: useMutation({
      mutationFn: () => call('POST /api/v1/postback-secrets', { body: {} }),
      onSettled,
    }),
    revoke: useMutation({
      mutationFn: (id: number) =>
        call('DELETE /api/v1/postback-secrets/:secret_id', { params: { secret_id: id } }),
      onSettled,
    }),
  };
}
