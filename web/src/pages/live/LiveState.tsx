import type { LiveStatus } from './use-live-feed.js';

const LOOKS: Record<LiveStatus | 'paused', { label: string; dot: string }> = {
  connecting: { label: 'Connecting…', dot: 'bg-control' },
  open: { label: 'Live', dot: 'bg-good motion-safe:animate-pulse' },
  stale: { label: 'Reporting is temporarily unavailable. Data may be out of date', dot: 'bg-warn' },
  reconnecting: { label: 'Connection lost. Reconnecting…', dot: 'bg-crit' },
  paused: { label: 'Paused. New clicks are still recorded', dot: 'bg-control' },
};

/** Whether what is on screen is now. */
export function LiveState({ status, paused }: { status: LiveStatus; paused: boolean }) {
  const shown = paused ? 'paused' : status;
  return (
    <p
      role="status"
      className="flex items-center gap-2 text-sm text-muted"
      data-testid="live-status"
      data-status={shown}
    >
      <span aria-hidden="true" className={`size-2 rounded-full ${LOOKS[shown].dot}`} />
      {LOOKS[shown].label}
    </p>
  );
}
