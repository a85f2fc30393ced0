import type { Dimension } from '@clickledger/contract';
import { Maximize2 } from 'lucide-react';
import { useState } from 'react';
import type { Answer } from '../api/answers.js';
import { DIMENSION_LABELS } from '../lib/filters.js';
import { useChangeSearch } from '../state/view.js';
import { Button } from '../ui/Button.js';
import { AnswerBody, Panel } from '../ui/Panel.js';
import { Segmented } from '../ui/Segmented.js';
import { SkeletonRows } from '../ui/Skeleton.js';
import { AllGroupsDialog } from './AllGroupsDialog.js';
import { BreakdownRows } from './BreakdownRows.js';
import type { ShownContext } from './context.js';
import { BREAKDOWN_ROWS } from './questions.js';

interface Props {
  testId: string;
  dimension: Dimension;
  /** Dimensions to choose from, in the address as `tab`. */
  tabs?: readonly Dimension[];
  answer: Answer | undefined;
  /** Clicks of the whole view, which shares are of. */
  totalClicks: number;
  context: ShownContext;
}

/** The groups with the most clicks, and the way to all groups. */
export function Breakdown({ testId, dimension, tabs = [], answer, totalClicks, context }: Props) {
  const [all, setAll] = useState(false);
  const changeSearch = useChangeSearch();
  const label = DIMENSION_LABELS[dimension];
  return (
    <Panel
      title={label.many}
      testId={testId}
      heading={
        tabs.length > 1 ? (
          <Segmented
            label="Break down by"
            value={dimension}
            options={tabs.map((tab) => ({ value: tab, label: DIMENSION_LABELS[tab].many }))}
            onChange={(tab) => changeSearch({ tab }, { replace: true })}
          />
        ) : undefined
      }
      actions={<AllButton label={label.many} onClick={() => setAll(true)} />}
    >
      <AnswerBody
        answer={answer}
        what={label.many}
        skeleton={<SkeletonRows count={tabs.length > 0 ? BREAKDOWN_ROWS + 1 : 6} />}
      >
        {({ data }) => (
          <div className={tabs.length > 0 ? 'lg:min-h-[19.5rem]' : 'md:min-h-[13.25rem]'}>
            <BreakdownRows
              dimension={dimension}
              rows={data.slice(0, BREAKDOWN_ROWS)}
              totalClicks={totalClicks}
              filters={context.filters}
            />
          </div>
        )}
      </AnswerBody>
      <AllGroupsDialog
        dimension={dimension}
        open={all}
        onClose={() => setAll(false)}
        context={context}
        totalClicks={totalClicks}
      />
    </Panel>
  );
}

/** Opens the list of all groups. */
export const AllButton = ({ label, onClick }: { label: string; onClick: () => void }) => (
  <Button
    kind="quiet"
    size="icon-small"
    aria-label={`View all ${label.toLowerCase()}`}
    title="View all"
    data-testid="all-groups"
    onClick={onClick}
  >
    <Maximize2 aria-hidden="true" />
  </Button>
);
