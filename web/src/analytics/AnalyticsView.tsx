import { ACCESS_TABLE, LANDING_DIMENSIONS } from '@clickledger/contract';
import type { ReactNode } from 'react';
import { useMe } from '../api/access.js';
import { useAnswers } from '../api/answers.js';
import { useHasConversions } from '../api/conversions.js';
import { useHasLinks, useStats } from '../api/queries.js';
import { CONVERSIONS } from '../api/questions.js';
import { cn } from '../lib/cn.js';
import { type Dimension, type Filter, leadOn } from '../lib/filters.js';
import { useKept, useRange } from '../state/range.js';
import { filtersKey, useSearchText, useView } from '../state/view.js';
import { ErrorNote } from '../ui/ErrorNote.js';
import { CostLine } from '../ui/Panel.js';
import { Skeleton } from '../ui/Skeleton.js';
import { Breakdown } from './Breakdown.js';
import { answeredRange } from './context.js';
import { EmptyState } from './EmptyState.js';
import { Kpis } from './Kpis.js';
import { Places } from './Places.js';
import { pageQuestions, type Shown } from './questions.js';
import { TimeSeries } from './TimeSeries.js';

interface Props {
  /** Filters that the page itself sets: one campaign, one ad. */
  scope?: readonly Filter[];
  /** What the first breakdown offers as tabs; none leaves it out. */
  entities: readonly Dimension[];
  /** Between the figures and the chart. */
  children?: ReactNode;
}

/** What links say of where a click came from. */
const SOURCES: readonly Dimension[] = LANDING_DIMENSIONS;
const NO_SOURCES: readonly Dimension[] = [];
const OF_ADVERTISERS: readonly string[] =
  ACCESS_TABLE['GET /api/v1/analytics/aggregate'].advertiser?.groupBy ?? [];
const SIDE: readonly Dimension[] = ['device_type', 'os', 'browser'];
const NO_SCOPE: readonly Filter[] = [];

/** Figures, chart and breakdowns of the view, for all clicks or for those of one campaign or ad. */
export function AnalyticsView({ scope = NO_SCOPE, entities, children }: Props) {
  const view = useView();
  const range = useRange();
  const stats = useStats();
  const wanted = useSearchText('tab');
  const filters = [...scope, ...view.filters];
  const tab = entities.find((one) => one === wanted) ?? leadOn(entities, filters);
  const sources = useSources(filters);
  const wantedSource = useSearchText('source');
  const source = sources.find((one) => one === wantedSource) ?? sources[0];
  const shown: Shown = {
    ...(tab ? { [tab]: tab } : {}),
    ...(source ? { source } : {}),
    places: 'country',
    device_type: 'device_type',
    os: 'os',
    browser: 'browser',
  };
  const hasConversions =
    useHasConversions() && !filters.some(({ dimension }) => dimension === 'fraud_reason');
  const viewKey = JSON.stringify([
    hasConversions,
    view.choice,
    view.zone,
    view.granularity,
    view.compare,
    filtersKey(filters),
  ]);
  const {
    answers,
    context: about,
    changing,
  } = useAnswers(
    viewKey,
    { view, range, filters, hasConversions },
    pageQuestions(range, filters, view.compare, shown, hasConversions ? CONVERSIONS : []),
  );
  const context = { ...about, range: useKept(answeredRange(about.range, answers)) };
  const { total } = answers;
  const empty = total?.reply !== undefined && total.reply.total_clicks === 0;
  const totalClicks = total?.reply?.total_clicks ?? 0;
  const asked = Object.values(answers);
  // One word for all of them: seven times the same would only be louder.
  const failure = asked.every(({ reply, error }) => error && !reply) ? total?.error : undefined;

  return (
    <div
      className={cn('space-y-4 transition-opacity', changing && 'opacity-55 delay-150')}
      aria-busy={changing || total?.reply === undefined}
      data-testid="view"
      data-changing={changing}
    >
      {failure ? (
        <div className="card px-4">
          <ErrorNote
            error={failure}
            what="Figures"
            retry={() => {
              for (const { retry } of asked) retry();
            }}
          />
        </div>
      ) : (
        <Kpis answers={answers} context={context} />
      )}
      {children}
      {failure ? null : empty && stats.isLoading && view.filters.length === 0 ? (
        // Whether there is no click at all, or none in this range, is not known yet.
        <Skeleton className="h-72" />
      ) : empty ? (
        <EmptyState
          kind={
            view.filters.length > 0 ? 'filters' : stats.data?.ledger.clicks === 0 ? 'first-start' : 'range'
          }
        />
      ) : (
        <>
          <TimeSeries answers={answers} context={context} />
          <div className="grid gap-4 lg:grid-cols-2">
            {tab && (
              <Breakdown
                testId="breakdown-entities"
                dimension={tab}
                tabs={entities}
                answer={answers[tab]}
                totalClicks={totalClicks}
                context={context}
              />
            )}
            <Places answer={answers.places} totalClicks={totalClicks} context={context} wide={!tab} />
          </div>
          <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            {SIDE.map((dimension) => (
              <Breakdown
                key={dimension}
                testId={`breakdown-${dimension}`}
                dimension={dimension}
                answer={answers[dimension]}
                totalClicks={totalClicks}
                context={context}
              />
            ))}
          </div>
          {source && (
            <Breakdown
              testId="breakdown-source"
              title="Traffic sources"
              dimension={source}
              tabs={sources}
              tabName="source"
              answer={answers.source}
              totalClicks={totalClicks}
              context={context}
            />
          )}
          <CostLine answers={asked} />
        </>
      )}
    </div>
  );
}

/** By what the sources of clicks can be broken down: nothing in an account without links, and not by what the page is about. */
function useSources(filters: readonly Filter[]): readonly Dimension[] {
  const isAdvertiser = useMe().data?.member?.advertiser_ids != null;
  if (!useHasLinks()) return NO_SOURCES;
  const isOneLink = filters.some(
    ({ dimension, not, values }) => dimension === 'link_id' && !not && values.length === 1,
  );
  return SOURCES.filter(
    (one) => !(isAdvertiser && !OF_ADVERTISERS.includes(one)) && !(isOneLink && one === 'link_id'),
  );
}
