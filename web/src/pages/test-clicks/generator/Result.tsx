import { Link } from '@tanstack/react-router';
import { useSwitchTestData } from '../../../api/test-data.js';
import { formatCount, formatSeconds } from '../../../lib/format.js';
import { ruleLabel } from '../../../lib/labels.js';
import { MADE_UP_CAMPAIGNS } from './analytics-count.js';
import { useGenerator } from './store.js';

const WORDS = {
  running: 'Sending…',
  stopping: 'Stopping…',
  stopped: 'Stopped.',
  finished: 'Done.',
} as const;

/** Progress of the run, what the server answered, and what reporting counts. */
export function Result() {
  const switchTo = useSwitchTestData();
  const { phase, progress, elapsedMs, lastError, counted } = useGenerator();
  if (phase === 'idle') return null;
  const seconds = elapsedMs / 1_000;
  const over = phase === 'stopped' || phase === 'finished';
  // Rules that look back may have flagged more of them since: the server's replies could not say so.
  const agree =
    counted !== null && counted.clicks === progress.accepted && counted.flagged >= progress.flagged;
  return (
    <section
      className="card mt-4 p-4 text-sm sm:p-5"
      aria-label="Result"
      data-testid="generator-result"
      data-phase={phase}
      data-sent={progress.sent}
      data-accepted={progress.accepted}
      data-duplicates={progress.duplicates}
      data-flagged={progress.flagged}
      data-failed={progress.failed}
      data-agree={over && agree}
    >
      <p className="mb-2 flex flex-wrap gap-x-3" role="status">
        <strong className="font-semibold">{WORDS[phase]}</strong>
        <span className="text-muted">
          {formatCount(progress.sent)} of {formatCount(progress.total)} sent
          {seconds > 0 &&
            ` in ${formatSeconds(seconds)}, ${formatCount(Math.round(progress.sent / seconds))} per second`}
        </span>
      </p>
      <progress
        className="block h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
        value={progress.sent}
        max={Math.max(1, progress.total)}
        aria-label="Clicks sent"
      />
      <table className="mt-4 w-full max-w-2xl">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-right *:pb-1.5 *:font-medium">
            <th scope="col" className="text-left">
              Clicks
            </th>
            <th scope="col">Server response</th>
            <th scope="col">Reporting</th>
          </tr>
        </thead>
        <tbody>
          <Row label="Accepted" answered={progress.accepted} counted={counted?.clicks} />
          <Row label="Flagged" answered={progress.flagged} counted={counted?.flagged} />
          <Row label="Duplicates" answered={progress.duplicates} counted={counted ? 0 : undefined} />
          <Row label="Failed" answered={progress.failed} bad={progress.failed > 0} />
        </tbody>
      </table>
      {counted && Object.keys(counted.byRule).length > 0 && (
        <p className="mt-2 text-muted" data-testid="flagged-by">
          Flagged by{' '}
          {Object.entries(counted.byRule)
            .map(([rule, clicks]) => `${ruleLabel(rule)}: ${formatCount(clicks)}`)
            .join(', ')}
        </p>
      )}
      {lastError && <p className="mt-2 text-crit">Last error: {lastError}</p>}
      {over && (
        <p className="mt-3 text-muted" role="status">
          {agree ? (
            <span className="font-medium text-good">Every click was counted once. </span>
          ) : (
            'Reporting includes all clicks of these campaigns and can be a moment behind. '
          )}
          <Link
            to="/"
            search={{ campaign_id: MADE_UP_CAMPAIGNS, range: '1h' } as never}
            onClick={() => switchTo(true)}
            className="text-accent underline underline-offset-2"
          >
            View clicks
          </Link>
        </p>
      )}
    </section>
  );
}

interface RowProps {
  label: string;
  answered: number;
  counted?: number | undefined;
  bad?: boolean;
}

const Row = ({ label, answered, counted, bad = false }: RowProps) => (
  <tr className="border-b border-line text-right last:border-0 *:h-9">
    <th scope="row" className="text-left font-normal text-muted">
      {label}
    </th>
    <td className={bad ? 'font-medium text-crit' : 'font-medium'}>{formatCount(answered)}</td>
    <td className="font-medium">
      {counted === undefined ? <span className="text-muted">–</span> : formatCount(counted)}
    </td>
  </tr>
);
