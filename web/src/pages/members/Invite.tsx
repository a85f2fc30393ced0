import { useState } from 'react';
import { useChangeMembers } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { isComplete, type RoleDraft, RoleFields, roleOf } from './RoleFields.js';

/** Invites a member, and then shows the link. */
export function Invite() {
  const { invite } = useChangeMembers();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<RoleDraft>({ role: 'analyst', advertiserIds: [] });
  if (invite.data?.token === null)
    return (
      <p className="text-sm" role="status" data-testid="invitation-mailed">
        We sent an email to {invite.data.email}. Its link expires in 7 days.
      </p>
    );
  if (invite.data) {
    const link = `${window.location.origin}/invitation#${invite.data.token}`;
    return (
      <div className="space-y-3 text-sm">
        <p>Email isn’t configured. Send this link to {invite.data.email}. It expires in 7 days.</p>
        <div className="flex flex-wrap items-center gap-2 rounded-lg bg-sunken p-3">
          <code className="min-w-0 flex-1 break-all font-mono text-xs" data-testid="invitation-link">
            {link}
          </code>
          <CopyButton text={link} label="Copy link" />
        </div>
      </div>
    );
  }
  return (
    <form
      className="space-y-4 text-sm"
      onSubmit={(event) => {
        event.preventDefault();
        invite.mutate({ email, ...roleOf(role) });
      }}
    >
      <Field
        label="Email"
        type="email"
        required
        autoFocus
        value={email}
        onChange={({ target }) => setEmail(target.value)}
      />
      <RoleFields draft={role} onChange={setRole} />
      <FormError error={invite.error} />
      <div className="flex justify-end">
        <Button type="submit" kind="primary" disabled={invite.isPending || !isComplete(role)}>
          Create invitation
        </Button>
      </div>
    </form>
  );
}
