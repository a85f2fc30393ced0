import { ApiError } from '../../api/http.js';
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
  onClose: () => void;
}

/** One click's whole story, over the page. */
export function StoryDialog({ clickId, zone, onClose }: Props) {
  return (
    <Dialog title="One click" open={clickId !== undefined} onClose={onClose} testId="story">
      {clickId !== undefined && <StoryBody clickId={clickId} zone={zone} />}
    </Dialog>
  );
}

function StoryBody({ clickId, zone }: { clickId: string; zone: string }) {
  const story = useClickStory(clickId);
  const missing = story.error instanceof ApiError && story.error.status === 404;
  return (
    <>
      <div className="mb-3 flex min-w-0 flex-wrap items-center gap-2">
        <code className="min-w-0 break-all font-mono text-xs">{clickId}</code>
        <CopyButton text={clickId} label="Copy id" />
      </div>
      {missing && (
        <p className="py-6 text-sm text-muted" role="status">
          The ledger has no click with this id. It was never accepted, or it is older than what is kept.
        </p>
      )}
      {story.error && !missing && (
        <ErrorNote error={story.error} what="Story" retry={() => void story.refetch()} />
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
