import { type AggregateRow, nextBucket, type Span } from '@clickledger/contract';
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Figures, figuresOf } from '../api/questions.js';
import { SERIES } from '../charts/points.js';
import { Sparkline } from '../charts/Sparkline.js';
import { clicksBeginLate, pointChange, relativeChange } from '../lib/change.js';
import { cn } from '../lib/cn.js';
import { previousLabel } from '../lib/comparison.js';
import type { Filter } from '../lib/filters.js';
import {
  formatCount,
  formatMoney,
  formatMoneyExact,
  formatMoneyShort,
  formatShare,
  formatShareExact,
  formatShort,
  formatTimes,
} from '../lib/format.js';
import { type FraudStatus, fraudRate, fraudStatus } from '../lib/fraud.js';
import type { Range } from '../lib/range.js';
import { cpaOf, cvrOf, roasOf } from '../lib/rates.js';
import { serverNow } from '../state/now.js';
import { AnswerBody } from '../ui/Panel.js';
import { Skeleton } from '../ui/Skeleton.js';
import type { PageAnswers, ShownContext } from './context.js';
import { ToFraud } from './row-links.js';

interface Kpi {
  id: string;
  label: string;
  hint: string;
  /** Null: there is none, such as a rate of nothing. */
  of: (figures: Figures) => number | null;
  write: (value: number) => string;
  exact: (value: number) => string;
  color: string;
  /** Of fraud, more is worse and has a status. Both are compared in percentage points. */
  rate?: 'fraud' | 'share';
}

const color = (key: string) => SERIES.find((one) => one.key === key)?.color ?? '';
const count = { write: formatShort, exact: formatCount };

const KPIS: readonly Kpi[] = [
  {
    id: 'clicks',
    label: 'Clicks',
    hint: 'Each click counted once, including flagged clicks.',
    of: ({ clicks }) => clicks,
    ...count,
    color: color('clicks'),
  },
  {
    id: 'unique-users',
    label: 'Unique users ≈',
    hint: 'Approximate: exact for small numbers, an estimate for large ones, with a standard error of 0.8 %.',
    of: ({ users }) => users,
    ...count,
    color: color('users'),
  },
  {
    id: 'fraud-rate',
    label: 'Fraud rate',
    hint: 'Flagged clicks as a share of all clicks. Warning from 3%, critical from 5%.',
    of: ({ flagged, clicks }) => fraudRate(flagged, clicks),
    write: formatShare,
    exact: formatShareExact,
    color: color('flagged'),
    rate: 'fraud',
  },
  {
    id: 'billable',
    label: 'Billable clicks',
    hint: 'Clicks minus those flagged as fraud.',
    of: ({ billable }) => billable,
    ...count,
    color: color('billable'),
  },
  {
    id: 'spend',
    label: 'Spend',
    hint: 'Billable clicks, each at its price when it was recorded, in the account’s currency.',
    of: ({ spendMicros }) => spendMicros,
    write: formatMoneyShort,
    exact: formatMoneyExact,
    color: color('spendMicros'),
  },
];

/** Beside those, in an account that has conversions. */
const CONVERSION_KPIS: readonly Kpi[] = [
  {
    id: 'conversions',
    label: 'Conversions',
    hint: 'Conversions attributed to their last valid click, by the time of the conversion.',
    of: ({ conversions }) => conversions,
    ...count,
    color: color('conversions'),
  },
  {
    id: 'cvr',
    label: 'CVR',
    hint: 'Conversion rate: conversions as a share of billable clicks.',
    of: cvrOf,
    write: formatShare,
    exact: formatShareExact,
    color: color('conversions'),
    rate: 'share',
  },
  {
    id: 'cpa',
    label: 'CPA',
    hint: 'Cost per action: spend for each conversion.',
    of: cpaOf,
    write: formatMoneyShort,
    exact: formatMoney,
    color: color('spendMicros'),
  },
  {
    id: 'value',
    label: 'Conversion value',
    hint: 'What the conversions are worth, in the account’s currency. Other currencies are not converted and not included.',
    of: ({ valueMicros }) => valueMicros,
    write: formatMoneyShort,
    exact: formatMoneyExact,
    color: color('conversions'),
  },
  {
    id: 'roas',
    label: 'ROAS',
    hint: 'Return on ad spend: conversion value for each unit of spend, in the account’s currency.',
    of: roasOf,
    write: formatTimes,
    exact: formatTimes,
    color: color('conversions'),
  },
];

/** Where the cards of a row do not come out even, the last one takes what is left. */
const CARD =
  'min-w-0 px-3 pt-3.5 sm:px-4 max-sm:last:odd:col-span-2 sm:max-lg:last:[&:nth-child(3n+2)]:col-span-2 sm:max-lg:last:[&:nth-child(3n+1)]:col-span-3';
const GRID =
  'card grid grid-cols-2 overflow-hidden sm:grid-cols-3 lg:grid-cols-5 [&>*]:border-line [&>*]:-mb-px [&>*]:-mr-px [&>*]:border-b [&>*]:border-r';

/** The figures of the range, each against the range before; those of conversions in an account that has some. */
export function Kpis({ answers, context }: { answers: PageAnswers; context: ShownContext }) {
  const { total, previousTotal, series, previousSeries } = answers;
  const kpis = context.hasConversions ? [...KPIS, ...CONVERSION_KPIS] : KPIS;
  return (
    <section aria-label="Key figures" data-testid="kpis">
      <AnswerBody answer={total} what="Key figures" skeleton={<KpiSkeletons kpis={kpis} />}>
        {(reply) => {
          const now = figuresOf(reply.data[0]);
          const before = previousTotal?.reply && figuresOf(previousTotal.reply.data[0]);
          return (
            <dl className={GRID}>
              {kpis.map((kpi) => (
                <Card
                  key={kpi.id}
                  kpi={kpi}
                  filters={context.filters}
                  value={kpi.of(now)}
                  before={before && kpi.of(before)}
                  isComparable={isCovered(previousSeries?.reply?.data, context.range.previous)}
                  nothingBefore={before?.clicks === 0}
                  against={previousLabel(context.view.choice, context.view.compare)}
                >
                  <Sparkline
                    values={wholeBuckets(series?.reply?.data ?? [], context.range).map(
                      (row) => kpi.of(figuresOf(row)) ?? 0,
                    )}
                    color={kpi.color}
                  />
                </Card>
              ))}
            </dl>
          );
        }}
      </AnswerBody>
    </section>
  );
}

/** Whether a series of the period compared with has clicks from near its start: see `clicksBeginLate`. */
const isCovered = (rows: readonly AggregateRow[] | undefined, previous: Span) =>
  !clicksBeginLate(
    (rows ?? []).filter(({ clicks }) => clicks > 0).map((row) => Date.parse(row.time_bucket)),
    previous,
  );

/** The buckets that are over: a running one would look like a fall. */
const wholeBuckets = (rows: readonly AggregateRow[], { granularity, zone }: Range) =>
  rows.filter((row) => nextBucket(Date.parse(row.time_bucket), granularity, zone) <= serverNow());

interface CardProps {
  kpi: Kpi;
  value: number | null;
  before: number | null | undefined;
  /** No clicks in the period compared with: a rate has nothing to be compared with either. */
  nothingBefore: boolean;
  /** False when the data begin within the period compared with: a change would only say so. */
  isComparable: boolean;
  against: string;
  /** Of the page and the view, for the way to the fraud page. */
  filters: readonly Filter[];
  children: ReactNode;
}

function Card({ children, ...figure }: CardProps) {
  const { kpi, value, filters } = figure;
  const status = kpi.rate === 'fraud' && value !== null ? fraudStatus(value) : undefined;
  return (
    <div data-testid={`kpi-${kpi.id}`} data-value={value ?? ''} data-status={status} className={CARD}>
      <dt className="flex items-center gap-1.5 whitespace-nowrap text-sm text-muted" title={kpi.hint}>
        {kpi.label}
        {status && (
          <ToFraud filters={filters}>
            <StatusBadge status={status} />
          </ToFraud>
        )}
      </dt>
      <dd>
        <span
          className="block truncate text-2xl font-semibold tracking-tight"
          title={value === null ? 'Nothing to divide by' : kpi.exact(value)}
        >
          {value === null ? '–' : kpi.write(value)}
        </span>
        <Change {...figure} />
        <div className="mt-1.5">{children}</div>
      </dd>
    </div>
  );
}

function Change({
  kpi,
  value,
  before,
  nothingBefore,
  isComparable,
  against,
}: Omit<CardProps, 'children' | 'filters'>) {
  if (before === undefined || value === null) return <span className="block h-4" />;
  const look = 'block min-h-4 text-xs text-muted sm:truncate';
  if (before === null) return <span className={look}>No previous data</span>;
  const compared = kpi.rate ? pointChange(value, before) : relativeChange(value, before);
  const change = nothingBefore || !isComparable ? null : compared;
  const title = `${kpi.exact(before)} ${against}`;
  if (change === null)
    return (
      <span title={title} className={look}>
        {nothingBefore || before === 0 ? 'No previous data' : 'No comparable data'}
      </span>
    );
  const worse = kpi.rate === 'fraud' && change.startsWith('+');
  return (
    <span className={look} title={title}>
      <span className={cn('font-medium text-ink', worse && 'text-crit')}>{change}</span> vs {against}
    </span>
  );
}

const BADGES: Record<Exclude<FraudStatus, 'normal'>, { label: string; look: string }> = {
  warning: { label: 'Warning', look: 'bg-warn-soft text-warn' },
  critical: { label: 'Critical', look: 'bg-crit-soft text-crit' },
};

/** How bad a fraud rate is, in words and not by colour alone; nothing while it is normal. */
export function StatusBadge({ status }: { status: FraudStatus }) {
  if (status === 'normal') return null;
  const { label, look } = BADGES[status];
  return (
    <span className={cn('inline-flex items-center gap-1 rounded px-1.5 text-xs font-medium leading-5', look)}>
      <TriangleAlert className="size-3" aria-hidden="true" />
      {label}
    </span>
  );
}

function KpiSkeletons({ kpis }: { kpis: readonly Kpi[] }) {
  return (
    <div className={GRID} role="status" aria-label="Loading">
      {kpis.map(({ id }) => (
        <div key={id} className={cn(CARD, 'pb-2')}>
          <Skeleton className="h-5 w-24" />
          <Skeleton className="mt-1 h-7 w-28" />
          <Skeleton className="mt-1 h-4 w-32" />
          <Skeleton className="mt-2 h-6" />
        </div>
      ))}
    </div>
  );
}
