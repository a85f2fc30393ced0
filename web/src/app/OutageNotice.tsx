import { TriangleAlert } from 'lucide-react';
import { useHealth } from '../api/queries.js';

/** What it means for who reads figures, and for clicks that come in, when a store is away. The worst comes first. */
const AWAY = [
  ['postgres', 'The ledger is away. New clicks are refused, and have to be sent again, until it is back.'],
  [
    'clickhouse',
    'Analytics is away. The figures are those of before; clicks are still accepted, and are counted when it is back.',
  ],
  [
    'redis',
    'The guard is away. Clicks are still counted once; rules that count clicks a minute do not run until it is back.',
  ],
] as const;

/** Says over every page that the server or a store is away, what follows from it, and goes when that is over. */
export function OutageNotice() {
  const { isError, data } = useHealth();
  const away = data && AWAY.find(([store]) => data.services[store] === 'error');
  if (!isError && !away) return null;
  return (
    <p
      role="status"
      data-testid="outage-notice"
      data-store={isError ? 'server' : away?.[0]}
      className="flex items-center gap-2 border-b border-line bg-warn-soft px-4 py-2 text-sm text-warn sm:px-6"
    >
      <TriangleAlert className="size-4 shrink-0" aria-hidden="true" />
      {isError
        ? 'The server can’t be reached. The figures are those of before; it is asked again every 5 seconds.'
        : away?.[1]}
    </p>
  );
}
