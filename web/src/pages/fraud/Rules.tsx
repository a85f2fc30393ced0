import type { FraudSummaryReply } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { Sparkline } from '../../charts/Sparkline.js';
import { formatCount, formatShare } from '../../lib/format.js';
import { fraudRate } from '../../lib/fraud.js';
import { ruleLabel } from '../../lib/labels.js';
import type { Range } from '../../lib/range.js';
import { Panel } from '../../ui/Panel.js';
import { flaggedInLog } from './to-log.js';
import { wholeBuckets } from './whole-buckets.js';

/** Which rules flagged, and when. Each leads to its clicks. */
export function Rules({ summary, range }: { summary: FraudSummaryReply; range: Range }) {
  const series = wholeBuckets(summary.series, range);
  return (
    <Panel title="By rule" testId="fraud-rules">
      {summary.rules.length === 0 && (
        <p className="py-10 text-center text-sm text-muted">No rule fired in this range.</p>
      )}
      <ul className="divide-y divide-line text-sm">
        {summary.rules.map(({ rule, decided, fired, shadow }) => (
          <li
            key={rule}
            className="grid grid-cols-[minmax(0,1fr)_6rem] items-center gap-3 py-2.5"
            data-rule={rule}
          >
            <div>
              <Link
                to="/clicks"
                search={flaggedInLog({ fraud_reason: [rule] })}
                className="font-medium hover:underline"
              >
                {ruleLabel(rule)}
              </Link>
              <p className="text-muted">
                decided {formatCount(decided)} ({formatShare(fraudRate(decided, summary.fraud_count))})
                {fired !== decided && ` · fired ${formatCount(fired)} times`}
                {shadow > 0 && ` · ${formatCount(shadow)} times in shadow`}
              </p>
            </div>
            <Sparkline
              values={series.map(({ by_rule: byRule }) => byRule[rule] ?? 0)}
              color="--c-series-flagged"
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
