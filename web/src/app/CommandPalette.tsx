import { lazy, Suspense } from 'react';
import { Dialog } from '../ui/Dialog.js';
import { Skeleton } from '../ui/Skeleton.js';
import { useOverlay } from './overlay.js';

const CommandList = lazy(() => import('./CommandList.js'));

/** Search over pages, ranges, campaigns and advertisers; its inside is loaded when it is first opened. */
export function CommandPalette() {
  const { shown, show } = useOverlay();
  return (
    <Dialog
      title="Search"
      open={shown === 'search'}
      onClose={() => show(null)}
      className="mt-[12dvh]"
      testId="search"
    >
      <Suspense fallback={<Skeleton className="h-64" />}>
        <CommandList onDone={() => show(null)} />
      </Suspense>
    </Dialog>
  );
}
