import { ApiError } from '../../api/http.js';
import { useView } from '../../state/view.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { Dialog } from '../../ui/Dialog.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { ConversionDetails } from './ConversionDetails.js';
import { useConversion } from './conversion-queries.js';

/** One conversion's whole story, over the page. */
export const ConversionDialog = ({ id, onClose }: { id: string | undefined; onClose: () => void }) => (
  <Dialog
    title="Conversion details"
    open={id !== undefined}
    onClose={onClose}
    className="w-[min(52rem,calc(100vw-2rem))]"
    testId="conversion-dialog"
  >
    {id !== undefined && (
      <>
        <div className="mb-3 flex min-w-0 flex-wrap items-center gap-2">
          <code className="min-w-0 break-all font-mono text-xs">{id}</code>
          <CopyButton text={id} label="Copy ID" />
        </div>
        <Body id={id} />
      </>
    )}
  </Dialog>
);

function Body({ id }: { id: string }) {
  const { zone } = useView();
  const { data, error, isPending, refetch } = useConversion(id);
  const isMissing = error instanceof ApiError && error.status === 404;
  if (isMissing)
    return (
      <p className="py-6 text-sm text-muted" role="status">
        No conversion has this ID. It was never recorded, or its retention period has ended.
      </p>
    );
  return (
    <>
      {error && <ErrorNote error={error} what="Conversion details" retry={() => void refetch()} />}
      {data && <ConversionDetails story={data} zone={zone} />}
      {isPending && <SkeletonRows count={10} />}
    </>
  );
}
