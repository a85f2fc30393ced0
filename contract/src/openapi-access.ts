import {
  ApiKeysReply,
  ChooseTenantReply,
  InvitationInput,
  LinkInput,
  LinkPasswordInput,
  LinkReply,
  MadeApiKey,
  MadeInvitation,
  MadeTenant,
  Member,
  MemberChange,
  MembersReply,
  MeReply,
  NewApiKey,
  PasswordInput,
  ResetLinkInput,
  ResetLinkReply,
  ResetRequestInput,
  RotateInput,
  SecondFactorInput,
  SetupInput,
  SignInInput,
  TenantInput,
  TenantsReply,
  TotpBeginInput,
  TotpBeginReply,
  TotpReply,
} from './access.js';
import { ErrorReply } from './errors.js';
import { body, invalid, type Json, notFound, pathParameter, reply, storeAway } from './openapi-parts.js';

const wrongCredentials = reply('Not the right credentials, or not signed in.', ErrorReply);
const notAllowed = reply('Not here, or not now.', ErrorReply);
const inTheWay = reply('Something else stands in the way; the message says what.', ErrorReply);
const tooMany = reply('Too many tries; wait as long as Retry-After says.', ErrorReply);
const nothing = (description: string): Json => ({ description });
const signedIn = reply('Who is signed in now; the session is in a cookie.', MeReply);

/** The paths of API keys. */
export function keyPaths(): Json {
  const key = [pathParameter('key_id', 'Of the key')];
  return {
    '/api/v1/keys': {
      get: {
        summary: 'The API keys',
        description: 'Newest first, those that are over too; never a key itself.',
        responses: { 200: reply('The keys.', ApiKeysReply), 503: storeAway },
      },
      post: {
        summary: 'Make an API key',
        description:
          'The first key or member closes a server that was open (protected mode). A key with the scope `ingest` alone can bring clicks and read nothing: it may be shipped in a page, from the origins that it names. A key that has a rate answers with `RateLimit` and `RateLimit-Policy`, and beyond it with 429; each node counts for itself.',
        requestBody: body(NewApiKey),
        responses: {
          201: reply('The key, told once.', MadeApiKey),
          400: invalid,
          409: inTheWay,
          503: storeAway,
        },
      },
    },
    '/api/v1/keys/{key_id}/rotate': {
      post: {
        summary: 'Put another key in the place of one',
        description: 'With the same name, scopes, origins and rate. The old one goes on for the overlap.',
        parameters: key,
        requestBody: body(RotateInput),
        responses: {
          201: reply('The new key, told once.', MadeApiKey),
          400: invalid,
          404: notFound,
          409: inTheWay,
          503: storeAway,
        },
      },
    },
    '/api/v1/keys/{key_id}': {
      delete: {
        summary: 'Revoke a key',
        description: 'In force at once on this node, within 5 s on every other.',
        parameters: key,
        responses: { 204: nothing('It is revoked.'), 404: notFound, 503: storeAway },
      },
    },
  };
}

/** The paths of members, tenants and sign-in. */
export function memberPaths(): Json {
  const member = [pathParameter('member_id', 'Of the member')];
  return {
    '/api/v1/members': {
      get: {
        summary: 'The members, and the open invitations',
        responses: { 200: reply('By address.', MembersReply), 503: storeAway },
      },
    },
    '/api/v1/members/invitations': {
      post: {
        summary: 'Invite somebody',
        description:
          'Mailed when the server can (SMTP_URL); else the link is in the reply. Good for 7 days, once.',
        requestBody: body(InvitationInput),
        responses: {
          201: reply('The invitation, and its token, told once.', MadeInvitation),
          400: invalid,
          409: inTheWay,
          503: storeAway,
        },
      },
    },
    '/api/v1/members/invitations/{invitation_id}': {
      delete: {
        summary: 'Withdraw an invitation',
        parameters: [pathParameter('invitation_id', 'Of the invitation')],
        responses: { 204: nothing('It is withdrawn.'), 404: notFound, 503: storeAway },
      },
    },
    '/api/v1/members/{member_id}': {
      patch: {
        summary: 'Give a member another role',
        parameters: member,
        requestBody: body(MemberChange),
        responses: {
          200: reply('As it is now.', Member),
          400: invalid,
          404: notFound,
          409: inTheWay,
          503: storeAway,
        },
      },
      delete: {
        summary: 'Remove a member',
        description: 'And all sessions of theirs. The last owner stays.',
        parameters: member,
        responses: { 204: nothing('Removed.'), 404: notFound, 409: inTheWay, 503: storeAway },
      },
    },
    '/api/v1/admin/tenants': {
      get: {
        summary: 'The organisations (operator)',
        responses: { 200: reply('By id.', TenantsReply), 503: storeAway },
      },
      post: {
        summary: 'Set up an organisation, and invite its first owner (operator)',
        requestBody: body(TenantInput),
        responses: { 201: reply('Made.', MadeTenant), 400: invalid, 409: inTheWay, 503: storeAway },
      },
    },
    '/api/v1/admin/reset-links': {
      post: {
        summary: 'A link by which a member chooses a new password (operator)',
        requestBody: body(ResetLinkInput),
        responses: {
          201: reply('Good for an hour, once.', ResetLinkReply),
          400: invalid,
          404: notFound,
          409: inTheWay,
          503: storeAway,
        },
      },
    },
    ...signInPaths(),
  };
}

function signInPaths(): Json {
  return {
    '/api/v1/auth/me': {
      get: {
        summary: 'Who asks, and how to sign in',
        responses: { 200: reply('Also when nobody is signed in.', MeReply), 503: storeAway },
      },
    },
    '/api/v1/auth/setup': {
      post: {
        summary: 'Make the first owner',
        description: 'Only while no access is configured, from this machine: it closes the server.',
        requestBody: body(SetupInput),
        responses: { 201: signedIn, 400: invalid, 409: inTheWay, 503: storeAway },
      },
    },
    '/api/v1/auth/sign-in': {
      post: {
        summary: 'Sign in with email and password',
        description:
          'Wrong tries are slowed, whether or not there is such a member: an email address is closed for longer and longer to the network or device that tries it, a quarter of an hour at most, and a network may try ten times a minute.',
        requestBody: body(SignInInput),
        responses: {
          200: signedIn,
          400: invalid,
          401: wrongCredentials,
          409: reply('The password opens accounts in several organizations.', ChooseTenantReply),
          429: tooMany,
          503: storeAway,
        },
      },
    },
    '/api/v1/auth/second-factor': {
      post: {
        summary: 'The second step of signing in',
        requestBody: body(SecondFactorInput),
        responses: { 200: signedIn, 400: invalid, 401: wrongCredentials, 429: tooMany, 503: storeAway },
      },
    },
    '/api/v1/auth/sign-out': {
      post: { summary: 'Sign out', responses: { 204: nothing('Signed out.'), 503: storeAway } },
    },
    '/api/v1/auth/password': {
      post: {
        summary: 'Change one’s password',
        description: 'Ends every other session.',
        requestBody: body(PasswordInput),
        responses: {
          204: nothing('Changed.'),
          400: invalid,
          401: wrongCredentials,
          429: tooMany,
          503: storeAway,
        },
      },
    },
    '/api/v1/auth/totp': {
      post: {
        summary: 'Begin a second factor',
        requestBody: body(TotpBeginInput),
        responses: {
          200: reply('To be put into an app.', TotpBeginReply),
          400: invalid,
          429: tooMany,
          401: wrongCredentials,
          409: inTheWay,
          503: storeAway,
        },
      },
      put: {
        summary: 'Put the second factor in force',
        requestBody: body(SecondFactorInput),
        responses: {
          200: reply('Told once.', TotpReply),
          400: invalid,
          401: wrongCredentials,
          409: inTheWay,
          429: tooMany,
          503: storeAway,
        },
      },
      delete: {
        summary: 'Give the second factor up',
        requestBody: body(SecondFactorInput),
        responses: {
          204: nothing('Given up.'),
          400: invalid,
          401: wrongCredentials,
          429: tooMany,
          503: storeAway,
        },
      },
    },
    '/api/v1/auth/invitation': {
      post: {
        summary: 'Whom an invitation is for',
        requestBody: body(LinkInput),
        responses: {
          200: reply('It is open.', LinkReply),
          400: invalid,
          404: notFound,
          429: tooMany,
          503: storeAway,
        },
      },
    },
    '/api/v1/auth/invitation/accept': {
      post: {
        summary: 'Accept an invitation',
        requestBody: body(LinkPasswordInput),
        responses: {
          201: signedIn,
          400: invalid,
          404: notFound,
          409: inTheWay,
          429: tooMany,
          503: storeAway,
        },
      },
    },
    '/api/v1/auth/reset/request': {
      post: {
        summary: 'Ask for a link to choose a new password',
        description: 'The reply is the same whether there is such a member. 409: this server sends no mail.',
        requestBody: body(ResetRequestInput),
        responses: {
          202: nothing('If there is such a member, a mail is on its way.'),
          400: invalid,
          409: notAllowed,
          429: tooMany,
          503: storeAway,
        },
      },
    },
    '/api/v1/auth/reset': {
      post: {
        summary: 'Choose a new password',
        description: 'Ends every session of the member.',
        requestBody: body(LinkPasswordInput),
        responses: {
          204: nothing('Changed; sign in.'),
          400: invalid,
          404: notFound,
          429: tooMany,
          503: storeAway,
        },
      },
    },
  };
}
