import { useStats } from '../api/queries.js';

/** Says that the server is open to whoever reaches it, while that is so. */
export function ProtectedNotice() {
  const stats = useStats();
  if (!stats.data?.protected_mode) return null;
  return (
    <p
      data-testid="protected-mode"
      className="rounded-lg border border-line bg-surface px-4 py-2.5 text-sm text-muted"
    >
      <strong className="font-semibold text-ink">Protected mode.</strong> No access is configured yet, so the
      server listens on this machine only and asks nobody for a key.
    </p>
  );
}
