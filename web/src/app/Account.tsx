import { Link } from '@tanstack/react-router';
import { LogOut } from 'lucide-react';
import { useMe, useSignOut } from '../api/access.js';
import { Button } from '../ui/Button.js';

const ROLE_NAMES = { owner: 'Owner', analyst: 'Analyst', advertiser: 'Advertiser' } as const;

/** Who is signed in, and the way out. Nothing while the server is open. */
export function Account() {
  const member = useMe().data?.member;
  const signOut = useSignOut();
  if (!member?.email) return null;
  const role = `${member.tenant.name} · ${ROLE_NAMES[member.role]}`;
  return (
    <div
      className="mb-2 flex items-center gap-1 border-t border-line pt-2 pl-2.5 text-sm"
      data-testid="account"
    >
      <Link
        to="/account"
        className="min-w-0 flex-1 hover:text-accent"
        title={`${member.email} (${role}), your account`}
      >
        <span className="block truncate">{member.email}</span>
        <span className="block truncate text-xs text-muted">{role}</span>
      </Link>
      <Button
        kind="quiet"
        size="icon"
        aria-label="Sign out"
        data-testid="sign-out"
        disabled={signOut.isPending}
        onClick={() => signOut.mutate()}
      >
        <LogOut aria-hidden="true" />
      </Button>
    </div>
  );
}
