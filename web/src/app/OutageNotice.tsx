import { TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useHealth } from '../api/queries.js';

/** What it means for who reads figures, and for clicks that come in, when a store is away. The worst comes first. */
const AWAY = [
  ['postgres', 'New clicks can’t be recorded right now. They are refused and must be sent again later.'],
  [
    'clickhouse',
    'Reporting is temporarily unavailable. Figures may be out of date. Clicks are still being recorded.',
  ],
  ['redis', 'Rate-based fraud rules are paused because Redis is unavailable. Clicks are still counted once.'],
] as const;

/** So often in a row must health be bad before the page says so: one slow answer on a busy machine means nothing. */
const FAILURES_MIN = 3;

/** What is wrong now; null while nothing is, or it is new. What is wrong may change from answer to answer: it is bad all the same. */
function useLastingProblem(): string | null {
  const { isError, data, dataUpdatedAt, errorUpdatedAt } = useHealth();
  const problem = isError
    ? 'server'
    : (AWAY.find(([store]) => data?.services[store] === 'error')?.[0] ?? null);
  const isWell = problem === null;
  const [failures, setFailures] = useState(0);
  // Each answer counts once, also one that equals the last.
  useEffect(() => {
    setFailures((before) => (isWell ? 0 : before + 1));
  }, [isWell, dataUpdatedAt, errorUpdatedAt]);
  return failures >= FAILURES_MIN ? problem : null;
}

/** Says over every page that the server or a store is away, and what follows from it. It moves nothing on the page. */
export function OutageNotice() {
  const problem = useLastingProblem();
  if (problem === null) return null;
  return (
    <p
      role="status"
      data-testid="outage-notice"
      data-store={problem}
      className="fixed inset-x-3 bottom-3 z-40 flex items-center gap-2 rounded-lg border border-warn/40 bg-warn-soft px-4 py-2.5 text-sm text-warn shadow-lg lg:left-[14.25rem]"
    >
      <TriangleAlert className="size-4 shrink-0" aria-hidden="true" />
      {problem === 'server'
        ? 'Can’t reach the server. Showing the last data received. Retrying every 5 seconds.'
        : AWAY.find(([store]) => store === problem)?.[1]}
    </p>
  );
}
