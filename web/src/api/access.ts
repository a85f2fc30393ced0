import type {
  ApiKeysReply,
  InvitationInput,
  LinkReply,
  MadeApiKey,
  MadeInvitation,
  Member,
  MemberChange,
  MembersReply,
  MeReply,
  NewApiKey,
  TotpBeginReply,
  TotpReply,
} from '@clickledger/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCurrency } from '../state/currency.js';
import { getJson, request, sendJson, toApiError } from './http.js';

/** A request without an answer to read. Throws `ApiError`. */
async function send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
  const response = await request(path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await toApiError(response);
}

/** Amounts are in the account's currency from the first that is drawn: a page made anew would lose what was typed into it. */
function adoptCurrency({ member }: MeReply): void {
  const { currency, setCurrency } = useCurrency.getState();
  if (member && member.tenant.currency !== currency) setCurrency(member.tenant.currency);
}

/** Who is signed in; asked once, and again when the server says that nobody is. */
export const useMe = () =>
  useQuery({
    queryKey: ['me'],
    queryFn: async ({ signal }) => {
      const me = await getJson<MeReply>('/api/v1/auth/me', signal);
      adoptCurrency(me);
      return me;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    // The server may be starting.
    retry: true,
    retryDelay: 2_000,
  });

/** A step of signing in: whoever is signed in afterwards takes the place of whoever was, and nothing of theirs is kept. */
export function useSignIn<T>(path: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: T) => sendJson<MeReply>('POST', `/api/v1/auth/${path}`, body),
    onSuccess: (me) => {
      // All but the questions of the page that is still shown: an invitation that was just used would be asked for again.
      if (me.member)
        client.removeQueries({ predicate: ({ queryKey: [name] }) => name !== 'me' && name !== 'invitation' });
      adoptCurrency(me);
      client.setQueryData(['me'], me);
    },
  });
}

export const useSignOut = () =>
  useMutation({
    mutationFn: () => send('POST', '/api/v1/auth/sign-out'),
    // Everything that was read goes with the page.
    onSuccess: () => window.location.assign('/sign-in'),
  });

/** Whom an invitation is for. */
export const useInvitation = (token: string) =>
  useQuery({
    queryKey: ['invitation', token],
    queryFn: () => sendJson<LinkReply>('POST', '/api/v1/auth/invitation', { token }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useReset = () =>
  useMutation({
    mutationFn: (body: { token: string; password: string }) => send('POST', '/api/v1/auth/reset', body),
  });
export const useResetRequest = () =>
  useMutation({
    mutationFn: (email: string) => send('POST', '/api/v1/auth/reset/request', { email }),
  });
export const useChangePassword = () =>
  useMutation({
    mutationFn: (body: { current_password: string; password: string }) =>
      send('POST', '/api/v1/auth/password', body),
  });

/** The second factor: begin, put in force, give up. */
export function useSecondFactor() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ['me'] });
  return {
    begin: useMutation({
      mutationFn: (password: string) => sendJson<TotpBeginReply>('POST', '/api/v1/auth/totp', { password }),
    }),
    enable: useMutation({
      mutationFn: (code: string) => sendJson<TotpReply>('PUT', '/api/v1/auth/totp', { code }),
      onSuccess,
    }),
    disable: useMutation({
      mutationFn: (code: string) => send('DELETE', '/api/v1/auth/totp', { code }),
      onSuccess,
    }),
  };
}

const KEYS_POLL_MS = 30_000;
export const useKeys = () =>
  useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => getJson<ApiKeysReply>('/api/v1/keys', signal),
    refetchInterval: KEYS_POLL_MS,
  });

/** Make, rotate, revoke; the list is read again after each. */
export function useChangeKeys() {
  const client = useQueryClient();
  const onSettled = () => {
    void client.invalidateQueries({ queryKey: ['keys'] });
    // The first key closes an open server.
    void client.invalidateQueries({ queryKey: ['me'] });
  };
  return {
    make: useMutation({
      mutationFn: (key: NewApiKey) => sendJson<MadeApiKey>('POST', '/api/v1/keys', key),
      onSettled,
    }),
    rotate: useMutation({
      mutationFn: (id: number) => sendJson<MadeApiKey>('POST', `/api/v1/keys/${id}/rotate`, {}),
      onSettled,
    }),
    revoke: useMutation({ mutationFn: (id: number) => send('DELETE', `/api/v1/keys/${id}`), onSettled }),
  };
}

export const useMembers = () =>
  useQuery({
    queryKey: ['members'],
    queryFn: ({ signal }) => getJson<MembersReply>('/api/v1/members', signal),
  });

export function useChangeMembers() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['members'] });
  return {
    invite: useMutation({
      mutationFn: (invitation: InvitationInput) =>
        sendJson<MadeInvitation>('POST', '/api/v1/members/invitations', invitation),
      onSettled,
    }),
    withdraw: useMutation({
      mutationFn: (id: number) => send('DELETE', `/api/v1/members/invitations/${id}`),
      onSettled,
    }),
    changeRole: useMutation({
      mutationFn: ({ id, change }: { id: number; change: MemberChange }) =>
        sendJson<Member>('PATCH', `/api/v1/members/${id}`, change),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: (id: number) => send('DELETE', `/api/v1/members/${id}`),
      onSettled,
    }),
  };
}
