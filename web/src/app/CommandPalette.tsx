import { lazy, useEffect } from 'react';
import { loadAgain } from '../lib/load-again.js';
import { Dialog } from '../ui/Dialog.js';
import { Late } from '../ui/Late.js';
import { Skeleton } from '../ui/Skeleton.js';
import { useOverlay } from './overlay.js';

/** When its inside is loaded although nobody asked for it yet, in milliseconds: so that the first keys find their place. */
const PRELOAD_AFTER_MS = 3_000;
const load = () => loadAgain(() => import('./CommandList.js'));
const CommandList = lazy(load);

/** Search over pages, ranges, campaigns and advertisers; its inside is loaded after everything else. */
export function CommandPalette() {
  const { shown, hide } = useOverlay();
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), PRELOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Dialog
      title="Search"
      open={shown === 'search'}
      onClose={() => hide('search')}
      className="mt-[12dvh]"
      testId="search"
    >
      <Late what="The search" skeleton={<Skeleton className="h-64" />}>
        <CommandList onDone={() => hide('search')} />
      </Late>
    </Dialog>
  );
}
