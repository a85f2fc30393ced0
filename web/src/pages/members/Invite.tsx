import { MEMBER_ROLES, type Member } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeMembers } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';

const ROLES: Record<Member['role'], string> = {
  owner: 'Owner: everything, keys and members too',
  analyst: 'Analyst: sees everything, changes nothing',
  advertiser: 'Advertiser: sees their own campaigns, without what the fraud rules see',
};

/** Invites somebody; then the link, for when no mail is sent. */
export function Invite() {
  const { invite } = useChangeMembers();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Member['role']>('analyst');
  const [advertisers, setAdvertisers] = useState('');
  if (invite.data) {
    const link = `${window.location.origin}/invitation#${invite.data.token}`;
    return (
      <div className="space-y-3 text-sm">
        <p>
          {invite.data.is_mailed
            ? `A mail is on its way to ${invite.data.email}. The link, in case it gets lost:`
            : `This server sends no mail: give ${invite.data.email} this link, within seven days.`}
        </p>
        <div className="flex flex-wrap items-center gap-2 rounded-lg bg-sunken p-3">
          <code className="min-w-0 flex-1 break-all font-mono text-xs" data-testid="invitation-link">
            {link}
          </code>
          <CopyButton text={link} label="Copy the link" />
        </div>
      </div>
    );
  }
  return (
    <form
      className="space-y-4 text-sm"
      onSubmit={(event) => {
        event.preventDefault();
        const ids = role === 'advertiser' ? advertisers.split(/[\s,]+/).filter((id) => id !== '') : [];
        invite.mutate({ email, role, advertiser_ids: ids });
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
      <fieldset className="space-y-2">
        <legend className="mb-1 font-medium">Role</legend>
        {MEMBER_ROLES.map((one) => (
          <label key={one} className="flex items-start gap-2.5">
            <input
              type="radio"
              name="role"
              className="mt-0.5 size-4 shrink-0 accent-(--c-accent)"
              checked={role === one}
              onChange={() => setRole(one)}
            />
            {ROLES[one]}
          </label>
        ))}
      </fieldset>
      {role === 'advertiser' && (
        <Field
          label="Advertisers"
          hint="Their ids, with a comma between."
          required
          value={advertisers}
          onChange={({ target }) => setAdvertisers(target.value)}
        />
      )}
      <FormError error={invite.error} />
      <div className="flex justify-end">
        <Button type="submit" kind="primary" disabled={invite.isPending}>
          Invite
        </Button>
      </div>
    </form>
  );
}
