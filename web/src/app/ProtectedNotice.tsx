import { Link } from '@tanstack/react-router';
import { LockOpen } from 'lucide-react';
import { useMe } from '../api/access.js';

/** Says that the server is open to whoever reaches it, while that is so, and how to close it. */
export function ProtectedNotice() {
  if (useMe().data?.mode !== 'protected') return null;
  return (
    <aside
      aria-label="Access"
      data-testid="protected-mode"
      className="flex items-center gap-2 border-b border-line bg-surface px-4 py-1.5 text-xs text-muted sm:px-6"
    >
      <LockOpen className="size-3.5 shrink-0" aria-hidden="true" />
      <p className="truncate">
        Not secured yet
        <span className="max-sm:hidden">: only this machine can connect, no sign-in required</span>.{' '}
        <Link to="/setup" className="text-accent underline underline-offset-2" search={{} as never}>
          Create owner account
        </Link>
      </p>
    </aside>
  );
}
