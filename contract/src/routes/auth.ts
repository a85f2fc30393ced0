import { z } from 'zod';
import {
  ChooseTenantReply,
  LinkInput,
  LinkPasswordInput,
  LinkReply,
  MeReply,
  PasswordInput,
  ResetRequestInput,
  SecondFactorInput,
  SetupInput,
  SignInInput,
  TotpBeginInput,
  TotpBeginReply,
  TotpReply,
} from '../access.js';
import { inTheWay, notFound, nothing, type RouteGroup, refused, reply } from '../route.js';

const signedIn = reply('Who is signed in now; the session is in a cookie.', MeReply);
const wrongCredentials = refused('Not the right credentials, or not signed in.');
const tooMany = refused('Too many tries; wait as long as Retry-After says.');

const OWNER = { email: 'owner@shop.example', password: 'correct horse battery' };
const NEW_PASSWORD = 'purple monkey dishwasher';
const TOKEN = 'a-token-that-came-in-a-link';
const CODE = { body: { code: '123456' } };

/** Signing in and out, one's own account, and the links that are sent out. Public: asked by somebody who is nobody yet. */
export const authRoutes = {
  'GET /api/v1/auth/me': {
    access: 'public',
    summary: 'Who asks, and how to sign in',
    replies: { 200: reply('Also when nobody is signed in.', MeReply) },
  },
  'POST /api/v1/auth/setup': {
    access: 'public',
    summary: 'Make the first owner',
    description: 'Only while no access is configured, from this machine: it closes the server.',
    body: SetupInput,
    replies: { 201: signedIn, 409: inTheWay },
    example: { body: OWNER },
  },
  'POST /api/v1/auth/sign-in': {
    access: 'public',
    summary: 'Sign in with email and password',
    description:
      'Wrong tries are slowed, whether or not there is such a member: an email address is closed for longer and longer to the network or device that tries it, a quarter of an hour at most, and a network may try ten times a minute.',
    body: SignInInput,
    replies: {
      200: signedIn,
      401: wrongCredentials,
      409: reply('The password opens accounts in several organizations.', ChooseTenantReply),
      429: tooMany,
    },
    example: { body: OWNER },
  },
  'POST /api/v1/auth/second-factor': {
    access: 'public',
    summary: 'The second step of signing in',
    body: SecondFactorInput,
    replies: { 200: signedIn, 401: wrongCredentials, 429: tooMany },
    example: CODE,
  },
  'POST /api/v1/auth/sign-out': {
    access: 'public',
    summary: 'Sign out',
    replies: { 204: nothing('Signed out.') },
  },
  'POST /api/v1/auth/password': {
    access: 'member',
    summary: 'Change one’s password',
    description: 'Ends every other session.',
    body: PasswordInput,
    replies: { 204: nothing('Changed.'), 401: wrongCredentials, 429: tooMany },
    example: { body: { current_password: OWNER.password, password: NEW_PASSWORD } },
  },
  'POST /api/v1/auth/totp': {
    access: 'member',
    summary: 'Begin a second factor',
    body: TotpBeginInput,
    replies: {
      200: reply('To be put into an app.', TotpBeginReply),
      401: wrongCredentials,
      409: inTheWay,
      429: tooMany,
    },
    example: { body: { password: OWNER.password } },
  },
  'PUT /api/v1/auth/totp': {
    access: 'member',
    summary: 'Put the second factor in force',
    body: SecondFactorInput,
    replies: { 200: reply('Told once.', TotpReply), 401: wrongCredentials, 409: inTheWay, 429: tooMany },
    example: CODE,
  },
  'DELETE /api/v1/auth/totp': {
    access: 'member',
    summary: 'Give the second factor up',
    body: SecondFactorInput,
    replies: { 204: nothing('Given up.'), 401: wrongCredentials, 429: tooMany },
    example: CODE,
  },
  'POST /api/v1/auth/invitation': {
    access: 'public',
    summary: 'Whom an invitation is for',
    body: LinkInput,
    replies: { 200: reply('It is open.', LinkReply), 404: notFound, 429: tooMany },
    example: { body: { token: TOKEN } },
  },
  'POST /api/v1/auth/invitation/accept': {
    access: 'public',
    summary: 'Accept an invitation',
    body: LinkPasswordInput,
    replies: { 201: signedIn, 404: notFound, 409: inTheWay, 429: tooMany },
    example: { body: { token: TOKEN, password: NEW_PASSWORD } },
  },
  'POST /api/v1/auth/reset/request': {
    access: 'public',
    summary: 'Ask for a link to choose a new password',
    description: 'The reply is the same whether there is such a member. 409: this server sends no mail.',
    body: ResetRequestInput,
    replies: {
      202: nothing('If there is such a member, a mail is on its way.'),
      409: refused('Not here, or not now.'),
      429: tooMany,
    },
    example: { body: { email: OWNER.email } },
  },
  'POST /api/v1/auth/reset': {
    access: 'public',
    summary: 'Choose a new password',
    description: 'Ends every session of the member.',
    body: LinkPasswordInput,
    replies: { 204: nothing('Changed; sign in.'), 404: notFound, 429: tooMany },
    example: { body: { token: TOKEN, password: NEW_PASSWORD } },
  },
  // For browsers: both answer with the way to go on.
  'GET /api/v1/auth/oidc/start': {
    access: 'public',
    isHidden: true,
    query: z.object({ tenant: z.string().max(63).optional() }),
  },
  'GET /api/v1/auth/oidc/callback': { access: 'public', isHidden: true },
} as const satisfies RouteGroup;
