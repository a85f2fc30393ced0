import { MEMBER_ROLES, type Member } from '@clickledger/contract';
import { AdvertiserPicker } from './AdvertiserPicker.js';

export const ROLE_NAMES: Record<Member['role'], string> = {
  owner: 'Owner',
  analyst: 'Analyst',
  advertiser: 'Advertiser',
};
const ROLES: Record<Member['role'], string> = {
  owner: 'Owner: full access, including keys and members',
  analyst: 'Analyst: view only',
  advertiser: 'Advertiser: views their own campaigns, without fraud details',
};

/** A role as it stands in a form. */
export interface RoleDraft {
  role: Member['role'];
  advertiserIds: readonly string[];
}

/** What a draft asks for: only an advertiser has advertisers. */
export const roleOf = ({ role, advertiserIds }: RoleDraft): Pick<Member, 'role' | 'advertiser_ids'> => ({
  role,
  advertiser_ids: role === 'advertiser' ? [...advertiserIds] : [],
});

/** Whether a draft can be saved: an advertiser needs somebody to see. */
export const isComplete = ({ role, advertiserIds }: RoleDraft): boolean =>
  role !== 'advertiser' || advertiserIds.length > 0;

/** What a member may see and do. */
export function RoleFields({ draft, onChange }: { draft: RoleDraft; onChange: (draft: RoleDraft) => void }) {
  return (
    <>
      <fieldset className="space-y-2">
        <legend className="mb-1 font-medium">Role</legend>
        {MEMBER_ROLES.map((role) => (
          <label key={role} className="flex items-start gap-2.5">
            <input
              type="radio"
              name="role"
              className="mt-0.5 size-4 shrink-0 accent-(--c-accent)"
              checked={draft.role === role}
              onChange={() => onChange({ ...draft, role })}
            />
            {ROLES[role]}
          </label>
        ))}
      </fieldset>
      {draft.role === 'advertiser' && (
        <AdvertiserPicker
          chosen={draft.advertiserIds}
          onChange={(advertiserIds) => onChange({ ...draft, advertiserIds })}
        />
      )}
    </>
  );
}
