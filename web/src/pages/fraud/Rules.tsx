import type { FraudSummaryReply } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { Sparkline } from '../../charts/Sparkline.js';
import { filterOf } from '../../lib/filters.js';
import { formatCount, formatShare } from '../../lib/format.js';
import { fraudRate } from '../../lib/fraud.js';
import { ruleLabel } from '../../lib/labels.js';
import type { Range } from '../../lib/range.js';
import { useView } from '../../state/view.js';
import { Panel } from '../../ui/Panel.js';
import { useToggleFilter } from './FraudFilters.js';
import { SeparatesNothing } from './SeparatesNothing.js';
import { flaggedInLog } from './to-log.js';
import { wholeBuckets } from './whole-buckets.js';

/** Which rules flagged, and when. Choosing one narrows the page to it. */
export function Rules({ summary, range }: { summary: FraudSummaryReply; range: Range }) {
  const { filters } = useView();
  const toggle = useToggleFilter();
  const series = wholeBuckets(summary.series, range);
  const flagged = summary.rules.reduce((sum, { decided }) => sum + decided, 0);
  return (
    <Panel title="By rule" testId="fraud-rules">
      {summary.rules.length === 0 && (
        <p className="py-10 text-center text-sm text-muted">No rule matched in this range.</p>
      )}
      <ul className="divide-y divide-line text-sm">
        {summary.rules.map((one) => {
          const { rule, decided, fired, shadow } = one;
          const isChosen = filterOf(filters, 'fraud_reason', rule) === 'is';
          return (
            <li
              key={rule}
              className="grid grid-cols-[minmax(0,1fr)_6rem] items-center gap-3 py-2.5"
              data-rule={rule}
            >
              <div>
                <button
                  type="button"
                  aria-pressed={isChosen}
                  title={isChosen ? 'Show all rules' : 'Show only this rule'}
                  className="min-h-6 rounded font-medium hover:underline aria-pressed:text-accent"
                  onClick={() => toggle('fraud_reason', rule)}
                >
                  {ruleLabel(rule)}
                </button>
                <Link
                  to="/clicks"
                  search={flaggedInLog({ fraud_reason: [rule] })}
                  className="ml-2 inline-block py-1 text-xs text-accent hover:underline"
                >
                  View clicks
                </Link>
                <p className="text-muted">
                  {[
                    decided > 0 &&
                      `flagged ${formatCount(decided)} (primary rule, ${formatShare(fraudRate(decided, flagged))})`,
                    fired !== decided && `matched ${formatCount(fired)}`,
                    shadow > 0 && `matched ${formatCount(shadow)} in shadow`,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </p>
                <SeparatesNothing rule={one} />
              </div>
              <Sparkline
                values={series.map(({ by_rule: byRule }) => byRule[rule] ?? 0)}
                color="--c-series-flagged"
              />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
