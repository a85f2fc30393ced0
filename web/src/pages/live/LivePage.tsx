import { Pause, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { EmptyState } from '../../analytics/EmptyState.js';
import { useStats } from '../../api/queries.js';
import { serverNow } from '../../state/now.js';
import { useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Panel } from '../../ui/Panel.js';
import { Segmented } from '../../ui/Segmented.js';
import { Skeleton, SkeletonRows } from '../../ui/Skeleton.js';
import { ClickRows } from '../clicks/ClickRows.js';
import { StoryDialog } from '../clicks/StoryDialog.js';
import { LiveChart } from './LiveChart.js';
import { LiveFigures } from './LiveFigures.js';
import { LiveState } from './LiveState.js';
import type { LiveWindow } from './live-window.js';
import { toBars } from './live-window.js';
import { useLiveFeed } from './use-live-feed.js';

const STEPS = {
  minute: { label: 'By minute', seconds: 60, count: 30 },
  second: { label: 'By second', seconds: 1, count: 120 },
} as const;

/** The server's time, each second. */
function useEachSecond(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Clicks as they come. A pause holds what is on screen; nothing is lost meanwhile. */
export function LivePage() {
  const { zone } = useView();
  const feed = useLiveFeed();
  const now = useEachSecond();
  const stats = useStats();
  const change = useChangeSearch();
  const step = useSearchText('show') === 'second' ? 'second' : 'minute';
  const clickId = useSearchText('click');
  const [held, setHeld] = useState<{ window: LiveWindow; nowMs: number } | null>(null);
  const { window } = held ?? feed;
  const nowMs = held?.nowMs ?? now;
  const { seconds, count } = STEPS[step];
  const quiet = window !== null && window.clicks.length === 0;

  return (
    <>
      <PageHeader title="Live">
        <LiveState status={feed.status} paused={held !== null} />
        <Button
          data-testid="pause"
          aria-pressed={held !== null}
          disabled={!feed.window}
          onClick={() => setHeld(held || !feed.window ? null : { window: feed.window, nowMs: now })}
        >
          {held ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />}
          {held ? 'Resume' : 'Pause'}
        </Button>
      </PageHeader>
      {window === null ? (
        <div role="status" aria-label="Loading" className="space-y-4">
          <Skeleton className="h-20 max-lg:h-40" />
          <Skeleton className="h-72" />
          <SkeletonRows count={8} />
        </div>
      ) : quiet && stats.data?.ledger.clicks === 0 ? (
        <EmptyState kind="first-start" />
      ) : (
        <>
          <LiveFigures window={window} nowMs={nowMs} />
          <Panel
            title="Click rate"
            className="mb-4"
            heading={
              <Segmented
                label="Interval"
                value={step}
                options={(['minute', 'second'] as const).map((value) => ({
                  value,
                  label: STEPS[value].label,
                }))}
                onChange={(value) =>
                  change({ show: value === 'second' ? 'second' : undefined }, { replace: true })
                }
              />
            }
          >
            <LiveChart bars={toBars(window.seconds, nowMs, seconds, count)} zone={zone} step={step} />
          </Panel>
          <Panel title="Latest clicks" testId="live-clicks">
            {quiet ? (
              <p className="py-8 text-center text-sm text-muted">
                No clicks in the last 30 minutes. New clicks appear here.
              </p>
            ) : (
              <ClickRows
                clicks={window.clicks}
                zone={zone}
                label="Latest clicks, as a table"
                testId="live-table"
                onOpen={(click) => change({ click })}
              />
            )}
          </Panel>
        </>
      )}
      <StoryDialog
        clickId={clickId}
        zone={zone}
        ids={window?.clicks.map(({ click_id: id }) => id)}
        onOpen={(click) => change({ click }, { replace: true })}
        onClose={() => change({ click: undefined })}
      />
    </>
  );
}
