import type { StatsReply } from '@clickledger/contract';
import { useEffect, useState } from 'react';

/** States that are kept for the small lines: five minutes of one every 5 s. */
const KEPT = 60;

/** The states seen since the page was opened, oldest first. */
export function useStatsHistory(stats: StatsReply | undefined, at: number): readonly StatsReply[] {
  const [history, setHistory] = useState<readonly StatsReply[]>([]);
  // Each answer counts once, also one that equals the last.
  useEffect(() => {
    if (stats) setHistory((before) => [...before, stats].slice(-KEPT));
  }, [at]);
  return history;
}
