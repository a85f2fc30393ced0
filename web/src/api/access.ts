import type { InvitationInput, MemberChange, MeReply, NewApiKey } from '@clickledger/contract';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCurrency } from '../state/currency.js';
import { type CallOf, call } from './http.js';

/** Amounts are in the account's currency from the first that is drawn: a page that is made again would lose what was typed into it. */
function adoptCurrency({ member }: MeReply): void {
  const { currency, setCurrency } = useCurrency.getState();
  if (member && member.tenant.currency !== currency) setCurrency(member.tenant.currency);
}

/** Who is signed in; asked once, and again when the server says that nobody is. */
export const ME = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => {
    const me = await call('GET /api/v1/auth/me', { signal });
    adoptCurrency(me);
    return me;
  },
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  // The server may be starting.
  retry: true,
  retryDelay: 2_000,
});
export const useMe = () => useQuery(ME);

type SignIn = `POST /api/v1/auth/${'setup' | 'sign-in' | 'second-factor' | 'invitation/accept'}`;

/** A step of signing in: whoever is signed in afterwards takes the place of whoever was, and nothing of theirs is kept. */
export function useSignIn<A extends SignIn>(action: A) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CallOf<A>['body']): Promise<MeReply> => call(action, { body } as CallOf<A>),
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
    mutationFn: () => call('POST /api/v1/auth/sign-out'),
    // Everything that was read goes with the page.
    onSuccess: () => window.location.assign('/sign-in'),
  });

/** Whom an invitation is for. */
export const useInvitation = (token: string) =>
  useQuery({
    queryKey: ['invitation', token],
    queryFn: () => call('POST /api/v1/auth/invitation', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useReset = () =>
  useMutation({
    mutationFn: (body: { token: string; password: string }) => call('POST /api/v1/auth/reset', { body }),
  });
export const useResetRequest = () =>
  useMutation({
    mutationFn: (email: string) => call('POST /api/v1/auth/reset/request', { body: { email } }),
  });
export const useChangePassword = () =>
  useMutation({
    mutationFn: (body: { current_password: string; password: string }) =>
      call('POST /api/v1/auth/password', { body }),
  });

/** The second factor: begin, put in force, give up. */
export function useSecondFactor() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ['me'] });
  return {
    begin: useMutation({
      mutationFn: (password: string) => call('POST /api/v1/auth/totp', { body: { password } }),
    }),
    enable: useMutation({
      mutationFn: (code: string) => call('PUT /api/v1/auth/totp', { body: { code } }),
      onSuccess,
    }),
    disable: useMutation({
      mutationFn: (code: string) => call('DELETE /api/v1/auth/totp', { body: { code } }),
      onSuccess,
    }),
  };
}

const KEYS_POLL_MS = 30_000;
export const useKeys = () =>
  useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => call('GET /api/v1/keys', { signal }),
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
      mutationFn: (key: NewApiKey) => call('POST /api/v1/keys', { body: key }),
      onSettled,
    }),
    rotate: useMutation({
      mutationFn: (id: number) =>
        call('POST /api/v1/keys/:key_id/rotate', { params: { key_id: id }, body: {} }),
      onSettled,
    }),
    revoke: useMutation({
      mutationFn: (id: number) => call('DELETE /api/v1/keys/:key_id', { params: { key_id: id } }),
      onSettled,
    }),
  };
}

export const useMembers = () =>
  useQuery({
    queryKey: ['members'],
    queryFn: ({ signal }) => call('GET /api/v1/members', { signal }),
  });

export function useChangeMembers() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['members'] });
  return {
    invite: useMutation({
      mutationFn: (invitation: InvitationInput) =>
        call('POST /api/v1/members/invitations', { body: invitation }),
      onSettled,
    }),
    withdraw: useMutation({
      mutationFn: (id: number) =>
        call('DELETE /api/v1/members/invitations/:invitation_id', { params: { invitation_id: id } }),
      onSettled,
    }),
    changeRole: useMutation({
      mutationFn: ({ id, change }: { id: number; change: MemberChange }) =>
        call('PATCH /api/v1/members/:member_id', { params: { member_id: id }, body: change }),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: (id: number) => call('DELETE /api/v1/members/:member_id', { params: { member_id: id } }),
      onSettled,
    }),
  };
}
