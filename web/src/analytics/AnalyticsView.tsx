import type { Dimension } from '@clickledger/contract';
import type { ReactNode } from 'react';
import { useAnswers } from '../api/answers.js';
import { useStats } from '../api/queries.js';
import { cn } from '../lib/cn.js';
import { type Filter, leadOn } from '../lib/filters.js';
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
  const shown: Shown = {
    ...(tab ? { [tab]: tab } : {}),
    places: 'country',
    device_type: 'device_type',
    os: 'os',
    browser: 'browser',
  };
  const viewKey = JSON.stringify([
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
  } = useAnswers(viewKey, { view, range, filters }, pageQuestions(range, filters, view.compare, shown));
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
          <CostLine answers={asked} />
        </>
      )}
    </div>
  );
}
