import type { Link } from '@clickledger/contract';
import { datesOf } from '../../lib/dates.js';
import { serverNow } from '../../state/now.js';
import { type LinkState, stateOf } from './link-url.js';

export const STATE_LABELS: Record<LinkState, string> = {
  active: 'Active',
  scheduled: 'Scheduled',
  paused: 'Paused',
  ended: 'Ended',
};
const DOTS: Record<LinkState, string> = {
  active: 'bg-good',
  scheduled: 'bg-accent',
  paused: 'bg-warn',
  ended: 'bg-control',
};

/** What a link does now, in words with a dot; on hover since or until when. */
export function LinkStatus({ link, zone }: { link: Link; zone: string }) {
  const state = stateOf(link, serverNow());
  const dates = datesOf(zone);
  const time = state === 'scheduled' ? link.starts_at : link.ends_at;
  const when =
    time &&
    `${state === 'scheduled' ? 'Starts' : state === 'ended' ? 'Ended' : 'Ends'} ${dates.minute(Date.parse(time))}`;
  return (
    <span
      className="inline-flex items-center gap-1.5 whitespace-nowrap"
      title={when || undefined}
      data-state={state}
    >
      <span aria-hidden="true" className={`size-2 rounded-full ${DOTS[state]}`} />
      {STATE_LABELS[state]}
    </span>
  );
}
