import type { VerdictInput } from '@clickledger/contract';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, call } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';

/** How often a click that is still on its way is looked at, in milliseconds. */
const ON_ITS_WAY_MS = 1_000;

/**
 * A page of the log. It stays as it is while somebody reads it: it is asked again on demand, and by itself only after a
 * failure.
 */
export const useClickLog = (params: string) =>
  useQuery({
    queryKey: ['clicks', params],
    queryFn: ({ signal }) => call('GET /api/v1/clicks', { query: params, signal }),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    refetchInterval: ({ state }) => (state.status === 'error' ? POLL_MS : false),
  });

/** Everything that is known of one click; followed until analytics has it. */
export const useClickStory = (clickId: string) =>
  useQuery({
    queryKey: ['click', clickId],
    queryFn: ({ signal }) => call('GET /api/v1/clicks/:click_id', { params: { click_id: clickId }, signal }),
    refetchInterval: ({ state: { data, error } }) => {
      if (error)
        return error instanceof ApiError && error.status >= 400 && error.status < 500 ? false : POLL_MS;
      return data && data.analytics !== 'present' ? ON_ITS_WAY_MS : false;
    },
  });

/** Marks one click as valid or invalid, and reads its story again. */
export function useGiveVerdict(clickId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (verdict: VerdictInput) =>
      call('POST /api/v1/clicks/:click_id/verdict', { params: { click_id: clickId }, body: verdict }),
    onSettled: () => client.invalidateQueries({ queryKey: ['click', clickId] }),
  });
}
