import { ChevronLeft, ChevronRight } from 'lucide-react';
import { ApiError } from '../../api/http.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { Dialog } from '../../ui/Dialog.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { useClickStory } from './click-queries.js';
import { MarkClick } from './MarkClick.js';
import { Story } from './Story.js';

interface Props {
  clickId: string | undefined;
  zone: string;
  /** The clicks of the list that the click was opened from, in its order; it can then be gone through. */
  ids?: readonly string[] | undefined;
  onOpen?: (clickId: string) => void;
  onClose: () => void;
}

/** One click's whole story, over the page. */
export function StoryDialog({ clickId, zone, ids = [], onOpen, onClose }: Props) {
  const at = clickId === undefined ? -1 : ids.indexOf(clickId);
  const step = (label: string, other: string | undefined, Icon: typeof ChevronLeft) => (
    <Button
      kind="quiet"
      size="icon"
      aria-label={label}
      title={label}
      disabled={other === undefined}
      onClick={() => other !== undefined && onOpen?.(other)}
    >
      <Icon aria-hidden="true" />
    </Button>
  );
  return (
    <Dialog title="Click details" open={clickId !== undefined} onClose={onClose} testId="story">
      {clickId !== undefined && (
        <>
          <div className="mb-3 flex min-w-0 flex-wrap items-center gap-2">
            <code className="min-w-0 break-all font-mono text-xs">{clickId}</code>
            <CopyButton text={clickId} label="Copy ID" />
            {at >= 0 && onOpen && (
              <span className="ml-auto flex">
                {step('Previous click', ids[at - 1], ChevronLeft)}
                {step('Next click', ids[at + 1], ChevronRight)}
              </span>
            )}
          </div>
          <StoryBody clickId={clickId} zone={zone} />
        </>
      )}
    </Dialog>
  );
}

function StoryBody({ clickId, zone }: { clickId: string; zone: string }) {
  const story = useClickStory(clickId);
  const missing = story.error instanceof ApiError && story.error.status === 404;
  return (
    <>
      {missing && (
        <p className="py-6 text-sm text-muted" role="status">
          No click has this ID. It was never accepted, or its retention period has ended.
        </p>
      )}
      {story.error && !missing && (
        <ErrorNote error={story.error} what="Click details" retry={() => void story.refetch()} />
      )}
      {story.data && !missing && (
        <>
          <Story story={story.data} zone={zone} />
          <div className="mt-4">
            <MarkClick story={story.data} />
          </div>
        </>
      )}
      {story.isPending && <SkeletonRows count={12} />}
    </>
  );
}
