import type { Member } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeMembers } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { FormError } from '../../ui/FormError.js';
import { isComplete, type RoleDraft, RoleFields, roleOf } from './RoleFields.js';

/** Changes a member's role. */
export function ChangeRole({ member, onDone }: { member: Member; onDone: () => void }) {
  const { changeRole } = useChangeMembers();
  const [draft, setDraft] = useState<RoleDraft>({
    role: member.role,
    advertiserIds: member.advertiser_ids,
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
      <p className="text-muted">Takes effect within 5 seconds, including active sessions.</p>
      <FormError error={changeRole.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={changeRole.isPending || !isComplete(draft)}>
          Save
        </Button>
      </div>
    </form>
  );
}
