import { lazy, useEffect, useState } from 'react';
import type { Answer } from '../api/answers.js';
import { cn } from '../lib/cn.js';
import { loadAgain } from '../lib/load-again.js';
import { useChangeSearch, useSearchText } from '../state/view.js';
import { Late } from '../ui/Late.js';
import { AnswerBody, Panel } from '../ui/Panel.js';
import { Segmented } from '../ui/Segmented.js';
import { Skeleton } from '../ui/Skeleton.js';
import { AllGroupsDialog } from './AllGroupsDialog.js';
import { AllButton } from './Breakdown.js';
import { BreakdownRows } from './BreakdownRows.js';
import type { ShownContext } from './context.js';
import { BREAKDOWN_ROWS } from './questions.js';

const loadMap = () => import('../charts/WorldMap.js');
const WorldMap = lazy(() => loadAgain(loadMap));

interface Props {
  answer: Answer | undefined;
  totalClicks: number;
  context: ShownContext;
  /** Alone in its row: map and list side by side. */
  wide: boolean;
}

/** Countries, as a map or as a list. */
export function Places({ answer, totalClicks, context, wide }: Props) {
  const [all, setAll] = useState(false);
  const asList = useSearchText('places') === 'list';
  const change = useChangeSearch();
  const hasMap = wide || !asList;
  // The map's code comes beside the first answers, as the chart's does.
  useEffect(() => void (hasMap && loadMap().catch(() => undefined)), [hasMap]);
  return (
    <Panel
      title="Countries"
      testId="breakdown-country"
      className={cn(wide && 'lg:col-span-2')}
      heading={
        wide ? undefined : (
          <Segmented
            label="Countries as"
            value={asList ? 'list' : 'map'}
            options={[
              { value: 'map', label: 'Map' },
              { value: 'list', label: 'Countries' },
            ]}
            onChange={(value) => change({ places: value === 'list' ? 'list' : undefined }, { replace: true })}
          />
        )
      }
      actions={<AllButton label="Countries" onClick={() => setAll(true)} />}
    >
      <AnswerBody answer={answer} what="Countries" skeleton={<Skeleton className="h-[19.5rem]" />}>
        {({ data }) => (
          <div className={cn('lg:min-h-[19.5rem]', wide && 'grid items-start gap-4 lg:grid-cols-2')}>
            {hasMap && (
              <Late what="The map" skeleton={<Skeleton className="h-[19.5rem]" />}>
                <WorldMap rows={data} totalClicks={totalClicks} />
              </Late>
            )}
            {(wide || asList) && (
              <BreakdownRows
                dimension="country"
                rows={data.slice(0, BREAKDOWN_ROWS)}
                totalClicks={totalClicks}
                filters={context.filters}
                hasConversions={context.hasConversions}
              />
            )}
          </div>
        )}
      </AnswerBody>
      <AllGroupsDialog
        dimension="country"
        open={all}
        onClose={() => setAll(false)}
        context={context}
        totalClicks={totalClicks}
      />
    </Panel>
  );
}
