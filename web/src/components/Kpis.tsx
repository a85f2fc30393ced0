import type { ReactNode } from 'react';
import { type Totals, useSummary } from '../api/queries.js';
import { pointChange, relativeChange } from '../lib/change.js';
import { formatCount, formatShare } from '../lib/format.js';
import { fraudRate, fraudStatus } from '../lib/fraud.js';
import { previousLabel } from '../lib/range.js';
import { useView } from '../state/view.js';
import { FRAUD_STYLES } from './FraudBadge.js';
import { isBusy, QueryBody, Skeleton, StaleNotice } from './Panel.js';

interface Kpi {
  id: string;
  label: string;
  title: string;
  of: (totals: Totals) => number;
}

const billable = ({ clicks, flagged }: Totals) => clicks - flagged;

const COUNTS: readonly Kpi[] = [
  {
    id: 'kpi-clicks',
    label: 'Clicks',
    title: 'Every click once, flagged ones included.',
    of: (t) => t.clicks,
  },
  {
    id: 'kpi-unique-users',
    label: 'Unique users ≈',
    title: 'Approximate: exact for small numbers, typically within 1 % for large ones.',
    of: (t) => t.uniqueUsers,
  },
  {
    id: 'kpi-billable',
    label: 'Billable clicks',
    title: 'Clicks less those flagged as fraud.',
    of: billable,
  },
];

/** The four figures of the range, each against the equally long range before. */
export function Kpis() {
  const summary = useSummary();
  return (
    <section aria-label="Key figures" aria-busy={isBusy(summary)} data-testid="kpis">
      <div className="flex justify-end empty:hidden [&>p]:mb-2">
        <StaleNotice query={summary} />
      </div>
      <QueryBody query={summary} skeleton={<KpiSkeletons />}>
        {({ answer }) => <KpiCards {...answer} />}
      </QueryBody>
    </section>
  );
}

const GRID = 'grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4';

function KpiSkeletons() {
  return (
    <div className={GRID} role="status" aria-label="Loading">
      {['clicks', 'users', 'fraud', 'billable'].map((name) => (
        <div key={name} className="card p-3.5 sm:p-5">
          <Skeleton className="h-5 w-20" />
          <Skeleton className="mt-2 h-8 w-28" />
          <Skeleton className="mt-2 h-4 w-full" />
        </div>
      ))}
    </div>
  );
}

function KpiCards({ current, previous }: { current: Totals; previous: Totals }) {
  const against = previousLabel(useView((view) => view.choice));
  const [clicks, users, paid] = COUNTS.map(({ id, label, title, of }) => {
    const change = relativeChange(of(current), of(previous));
    const note = change === null ? `none in the ${against}` : `${change} vs ${against}`;
    return (
      <KpiCard key={id} id={id} label={label} title={title} value={of(current)} note={note}>
        {formatCount(of(current))}
      </KpiCard>
    );
  });
  const rate = fraudRate(current.flagged, current.clicks);
  const before = fraudRate(previous.flagged, previous.clicks);
  return (
    <div className={GRID}>
      {clicks}
      {users}
      <KpiCard
        id="kpi-fraud-rate"
        label="Fraud rate"
        title="Flagged clicks as a share of all. Warning from 3 %, critical from 5 %."
        value={rate}
        status={fraudStatus(rate)}
        note={previous.clicks === 0 ? `none in the ${against}` : `${pointChange(rate, before)} vs ${against}`}
      >
        {formatShare(rate)}
      </KpiCard>
      {paid}
    </div>
  );
}

interface KpiCardProps {
  id: string;
  label: string;
  title: string;
  value: number;
  note: string;
  status?: 'normal' | 'warning' | 'critical';
  children: ReactNode;
}

function KpiCard({ id, label, title, value, note, status, children }: KpiCardProps) {
  return (
    <div className="card p-3.5 sm:p-5" data-testid={id} data-value={value} data-status={status}>
      <div className="flex flex-wrap items-center justify-between gap-x-1">
        <h2 className="text-sm text-muted" title={title}>
          {label}
        </h2>
        {status && (
          <span className={`rounded-full px-2 py-0.5 text-xs font-medium ${FRAUD_STYLES[status].className}`}>
            {FRAUD_STYLES[status].label}
          </span>
        )}
      </div>
      <p className="mt-1 text-2xl font-semibold tracking-tight sm:text-3xl">{children}</p>
      <p className="mt-1 text-xs text-muted">{note}</p>
    </div>
  );
}
