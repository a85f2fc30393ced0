import type { Member } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeMembers } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { FormError } from '../../ui/FormError.js';
import { type RoleDraft, RoleFields, roleOf } from './RoleFields.js';

/** Gives a member another role. */
export function ChangeRole({ member, onDone }: { member: Member; onDone: () => void }) {
  const { changeRole } = useChangeMembers();
  const [draft, setDraft] = useState<RoleDraft>({
    role: member.role,
    advertisers: member.advertiser_ids.join(', '),
  });
  return (
    <form
      className="space-y-4 text-sm"
      onSubmit={(event) => {
        event.preventDefault();
        changeRole.mutate({ id: member.member_id, change: roleOf(draft) }, { onSuccess: onDone });
      }}
    >
      <RoleFields draft={draft} onChange={setDraft} />
      <p className="text-muted">It holds within five seconds, also where they are signed in.</p>
      <FormError error={changeRole.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={changeRole.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
