import { z } from 'zod';
import {
  InvitationInput,
  MadeInvitation,
  MadeTenant,
  Member,
  MemberChange,
  MembersReply,
  ResetLinkInput,
  ResetLinkReply,
  TenantInput,
  TenantsReply,
} from '../access.js';
import { numberInPath } from '../fields.js';
import { inTheWay, notFound, nothing, type RouteGroup, reply } from '../route.js';

const params = z.object({ member_id: numberInPath('Of the member') });
const MEMBER = { member_id: 2 };

/** Members, and the operator's tenants and reset links. */
export const memberRoutes = {
  'GET /api/v1/members': {
    access: 'admin',
    summary: 'The members, and the open invitations',
    replies: { 200: reply('By address.', MembersReply) },
  },
  'POST /api/v1/members/invitations': {
    access: 'admin',
    summary: 'Invite somebody',
    description:
      'Mailed when the server can (SMTP_URL); else the link is in the reply. Good for 7 days, once.',
    body: InvitationInput,
    replies: { 201: reply('The invitation, and its token, told once.', MadeInvitation), 409: inTheWay },
    example: { body: { email: 'ann@agency.example', role: 'advertiser', advertiser_ids: ['adv-1'] } },
  },
  'DELETE /api/v1/members/invitations/:invitation_id': {
    access: 'admin',
    summary: 'Withdraw an invitation',
    params: z.object({ invitation_id: numberInPath('Of the invitation') }),
    replies: { 204: nothing('It is withdrawn.'), 404: notFound },
    example: { params: { invitation_id: 1 } },
  },
  'PATCH /api/v1/members/:member_id': {
    access: 'admin',
    summary: 'Give a member another role',
    params,
    body: MemberChange,
    replies: { 200: reply('As it is now.', Member), 404: notFound, 409: inTheWay },
    example: { params: MEMBER, body: { role: 'analyst' } },
  },
  'DELETE /api/v1/members/:member_id': {
    access: 'admin',
    summary: 'Remove a member',
    description: 'And all sessions of theirs. The last owner stays.',
    params,
    replies: { 204: nothing('Removed.'), 404: notFound, 409: inTheWay },
    example: { params: MEMBER },
  },
  'GET /api/v1/admin/tenants': {
    access: 'operator',
    summary: 'The organisations (operator)',
    replies: { 200: reply('By id.', TenantsReply) },
  },
  'POST /api/v1/admin/tenants': {
    access: 'operator',
    summary: 'Set up an organisation, and invite its first owner (operator)',
    body: TenantInput,
    replies: { 201: reply('Made.', MadeTenant), 409: inTheWay },
    example: { body: { slug: 'agency', name: 'Agency', owner_email: 'owner@agency.example' } },
  },
  'POST /api/v1/admin/reset-links': {
    access: 'operator',
    summary: 'A link by which a member chooses a new password (operator)',
    body: ResetLinkInput,
    replies: { 201: reply('Good for an hour, once.', ResetLinkReply), 404: notFound, 409: inTheWay },
    example: { body: { email: 'ann@shop.example' } },
  },
} as const satisfies RouteGroup;
