import type { Invitation, Member } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeMembers, useMe, useMembers } from '../../api/access.js';
import { useAdvertisers } from '../../api/queries.js';
import { datesOf } from '../../lib/dates.js';
import { useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { FormError } from '../../ui/FormError.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { ChangeRole } from './ChangeRole.js';
import { Invite } from './Invite.js';
import { ROLE_NAMES } from './RoleFields.js';

/** Who may sign in, and as what. */
export function MembersPage() {
  const members = useMembers();
  const [isInviting, setInviting] = useState(false);
  return (
    <>
      <PageHeader title="Members">
        <Button kind="primary" data-testid="invite" onClick={() => setInviting(true)}>
          Invite member
        </Button>
      </PageHeader>
      <Panel title="Members" testId="members">
        {members.isError && (
          <ErrorNote error={members.error} what="Members" retry={() => void members.refetch()} />
        )}
        {members.isPending && <SkeletonRows count={3} />}
        {members.data?.data.length === 0 && (
          <p className="py-6 text-center text-sm text-muted">No members.</p>
        )}
        <ul className="divide-y divide-line">
          {members.data?.data.map((member) => (
            <MemberRow key={member.member_id} member={member} />
          ))}
        </ul>
      </Panel>
      {(members.data?.invitations.length ?? 0) > 0 && (
        <Panel title="Pending invitations" className="mt-4">
          <ul className="divide-y divide-line">
            {members.data?.invitations.map((invitation) => (
              <InvitationRow key={invitation.invitation_id} invitation={invitation} />
            ))}
          </ul>
        </Panel>
      )}
      <Dialog
        title="Invite member"
        open={isInviting}
        onClose={() => setInviting(false)}
        testId="invite-dialog"
      >
        <Invite />
      </Dialog>
    </>
  );
}

/** A role, with the names of an advertiser's advertisers. */
function useRoleText(): (of: Pick<Member, 'role' | 'advertiser_ids'>) => string {
  const advertisers = useAdvertisers().data?.data;
  const names = new Map(advertisers?.map(({ advertiser_id, name }) => [advertiser_id, name]));
  return ({ role, advertiser_ids }) =>
    role === 'advertiser'
      ? `Advertiser: ${advertiser_ids.map((id) => names.get(id) ?? id).join(', ')}`
      : ROLE_NAMES[role];
}

function MemberRow({ member }: { member: Member }) {
  const { remove } = useChangeMembers();
  const [asked, setAsked] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const me = useMe().data?.member;
  const dates = datesOf(useView().zone);
  const roleText = useRoleText();
  const seen = member.last_sign_in_at;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-sm" data-testid="member">
      <div className="min-w-0 flex-1 basis-64">
        <p className="truncate font-medium" title={member.email ?? undefined}>
          {member.email}
        </p>
        <p className="text-xs text-muted">
          {roleText(member)} · {seen ? `last sign-in ${dates.minute(Date.parse(seen))}` : 'never signed in'} ·{' '}
          {member.has_second_factor ? 'two-factor authentication on' : 'password only'}
        </p>
        <FormError error={remove.error} />
      </div>
      {member.email !== me?.email && (
        <div className="flex gap-2">
          <Button size="small" onClick={() => setChanging(true)}>
            Change role…
          </Button>
          <Button size="small" kind="danger" onClick={() => setAsked(true)}>
            Remove…
          </Button>
        </div>
      )}
      <Dialog
        title={`Change role: ${member.email}`}
        open={isChanging}
        onClose={() => setChanging(false)}
        testId="role-dialog"
      >
        <ChangeRole member={member} onDone={() => setChanging(false)} />
      </Dialog>
      <Dialog
        title={`Remove ${member.email}?`}
        open={asked}
        onClose={() => setAsked(false)}
        className="w-[min(28rem,calc(100vw-2rem))]"
      >
        <p className="text-sm">
          They are signed out everywhere immediately. Their changes stay in the audit log.
        </p>
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={() => setAsked(false)}>Cancel</Button>
          <Button
            kind="danger"
            disabled={remove.isPending}
            onClick={() => remove.mutate(member.member_id, { onSettled: () => setAsked(false) })}
          >
            Remove
          </Button>
        </div>
      </Dialog>
    </li>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { withdraw } = useChangeMembers();
  const dates = datesOf(useView().zone);
  const roleText = useRoleText();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-sm" data-testid="invitation">
      <div className="min-w-0 flex-1 basis-64">
        <p className="truncate font-medium" title={invitation.email}>
          {invitation.email}
        </p>
        <p className="text-xs text-muted">
          {roleText(invitation)} · invited by {invitation.created_by} · expires{' '}
          {dates.minute(Date.parse(invitation.expires_at))}
        </p>
      </div>
      <Button
        size="small"
        disabled={withdraw.isPending}
        onClick={() => withdraw.mutate(invitation.invitation_id)}
      >
        Revoke
      </Button>
    </li>
  );
}
