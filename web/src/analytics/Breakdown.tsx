import { Maximize2 } from 'lucide-react';
import { useState } from 'react';
import type { Answer } from '../api/answers.js';
import { DIMENSION_LABELS, type Dimension } from '../lib/filters.js';
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
  /** Dimensions to choose from: a few as tabs, many in a list. */
  tabs?: readonly Dimension[];
  /** Names the chosen one in the address. */
  tabName?: 'tab' | 'source';
  /** Of all of the tabs; absent: that of the dimension. */
  title?: string;
  answer: Answer | undefined;
  /** Clicks of the whole view, which shares are of. */
  totalClicks: number;
  context: ShownContext;
}

/** More than these have no room side by side. */
const TABS_MAX = 4;

/** The groups with the most clicks, and the way to all groups. */
export function Breakdown({
  testId,
  dimension,
  tabs = [],
  tabName = 'tab',
  title,
  answer,
  totalClicks,
  context,
}: Props) {
  const [all, setAll] = useState(false);
  const changeSearch = useChangeSearch();
  const label = DIMENSION_LABELS[dimension];
  const choose = (tab: Dimension) => void changeSearch({ [tabName]: tab }, { replace: true });
  return (
    <Panel
      title={title ?? label.many}
      testId={testId}
      heading={
        tabs.length > TABS_MAX ? (
          <DimensionSelect title={title ?? label.many} tabs={tabs} value={dimension} onChange={choose} />
        ) : tabs.length > 1 ? (
          <Segmented
            label="Break down by"
            value={dimension}
            options={tabs.map((tab) => ({ value: tab, label: DIMENSION_LABELS[tab].many }))}
            onChange={choose}
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
              hasConversions={context.hasConversions && tabs.length > 0}
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

interface SelectProps {
  title: string;
  tabs: readonly Dimension[];
  value: Dimension;
  onChange: (tab: Dimension) => void;
}

/** A title beside the choice of what is broken down by. */
const DimensionSelect = ({ title, tabs, value, onChange }: SelectProps) => (
  <div className="flex items-center gap-3">
    <h2 className="text-sm font-semibold">{title}</h2>
    <select
      className="control"
      aria-label="Break down by"
      data-testid="source"
      value={value}
      onChange={({ target }) => onChange(target.value as Dimension)}
    >
      {tabs.map((tab) => (
        <option key={tab} value={tab}>
          {DIMENSION_LABELS[tab].one}
        </option>
      ))}
    </select>
  </div>
);

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
