import type { FraudSummaryReply } from '@clickledger/contract';
import type { ReactNode } from 'react';
import { FraudRate } from '../../analytics/BreakdownRows.js';
import { Sparkline } from '../../charts/Sparkline.js';
import {
  formatCount,
  formatMoney,
  formatMoneyExact,
  formatShareExact,
  formatShort,
} from '../../lib/format.js';
import { fraudRate } from '../../lib/fraud.js';
import type { Range } from '../../lib/range.js';
import { wholeBuckets } from './whole-buckets.js';

/** How much is flagged, and what it would have cost. */
export function FraudFigures({ summary, range }: { summary: FraudSummaryReply; range: Range }) {
  const series = wholeBuckets(summary.series, range);
  return (
    <dl className="card grid grid-cols-2 divide-line lg:grid-cols-4 lg:divide-x" data-testid="fraud-figures">
      <Figure
        label="Fraud rate"
        testId="fraud-rate"
        exact={formatShareExact(summary.fraud_rate)}
        value={<FraudRate rate={summary.fraud_rate} normal="" />}
      >
        <Sparkline
          values={series.map(({ clicks, fraud_count: flagged }) => fraudRate(flagged, clicks))}
          color="--c-series-flagged"
        />
      </Figure>
      <Figure
        label="Flagged"
        testId="fraud-count"
        exact={formatCount(summary.fraud_count)}
        value={formatShort(summary.fraud_count)}
      >
        <Sparkline values={series.map(({ fraud_count: flagged }) => flagged)} color="--c-series-flagged" />
      </Figure>
      <Figure
        label="Clicks"
        testId="fraud-clicks"
        exact={formatCount(summary.clicks)}
        value={formatShort(summary.clicks)}
      >
        <Sparkline values={series.map(({ clicks }) => clicks)} color="--c-series-clicks" />
      </Figure>
      <Figure
        label="Fraud savings"
        testId="fraud-saved"
        exact={formatMoneyExact(summary.saved_micros)}
        value={formatMoney(summary.saved_micros)}
      >
        <span className="text-xs text-muted">Invalid spend, not charged</span>
      </Figure>
    </dl>
  );
}

interface FigureProps {
  label: string;
  testId: string;
  /** In full precision, on hover. */
  exact: string;
  value: ReactNode;
  children: ReactNode;
}

const Figure = ({ label, testId, exact, value, children }: FigureProps) => (
  <div className="px-4 py-3" data-testid={testId} data-value={exact}>
    <dt className="text-sm text-muted">{label}</dt>
    <dd>
      <span className="block text-2xl font-semibold tracking-tight" title={exact}>
        {value}
      </span>
      {children}
    </dd>
  </div>
);
