import { MEMBER_ROLES, type Member } from '@clickledger/contract';
import { Field } from '../../ui/Field.js';

const ROLES: Record<Member['role'], string> = {
  owner: 'Owner: everything, keys and members too',
  analyst: 'Analyst: sees everything, changes nothing',
  advertiser: 'Advertiser: sees their own campaigns, without what the fraud rules see',
};

/** A role as it stands in a form: the advertisers as text. */
export interface RoleDraft {
  role: Member['role'];
  advertisers: string;
}

/** What a draft asks for: only an advertiser has advertisers. */
export function roleOf({ role, advertisers }: RoleDraft): Pick<Member, 'role' | 'advertiser_ids'> {
  const ids = advertisers.split(/[\s,]+/).filter((id) => id !== '');
  return { role, advertiser_ids: role === 'advertiser' ? ids : [] };
}

/** What somebody may see and do. */
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
        <Field
          label="Advertisers"
          hint="Their ids, with a comma between."
          required
          value={draft.advertisers}
          onChange={({ target }) => onChange({ ...draft, advertisers: target.value })}
        />
      )}
    </>
  );
}
