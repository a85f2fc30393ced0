import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiError, call } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';

/** How often a conversion whose click is looked for is read again, in milliseconds. */
const WAITING_MS = 1_000;
/** For so long after it came a conversion that waits is read often: then its click is not on its way. */
const OFTEN_MS_MAX = 60_000;

/** A page of the list. The newest one is followed. */
export const useConversions = (params: string, isNewest: boolean) =>
  useQuery({
    queryKey: ['conversions', params],
    queryFn: ({ signal }) => call('GET /api/v1/conversions', { query: params, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: isNewest ? POLL_MS : false,
  });

/** Everything that is known of one conversion; followed while its click is looked for. */
export const useConversion = (id: string) =>
  useQuery({
    queryKey: ['conversions', 'one', id],
    queryFn: ({ signal }) =>
      call('GET /api/v1/conversions/:conversion_id', { params: { conversion_id: id }, signal }),
    refetchInterval: ({ state: { data, error } }) => {
      // It may not be committed yet: it was sent a moment ago.
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 404)
        return false;
      if (error) return POLL_MS;
      if (data?.conversion.status !== 'waiting') return false;
      return Date.now() - Date.parse(data.conversion.received_at) < OFTEN_MS_MAX ? WAITING_MS : POLL_MS;
    },
  });
