import { Globe } from 'lucide-react';
import { Popover } from 'radix-ui';
import { lazy, useState } from 'react';
import { loadAgain } from '../lib/load-again.js';
import { offsetName } from '../lib/zone-names.js';
import { useRange } from '../state/range.js';
import { useView } from '../state/view.js';
import { Button } from '../ui/Button.js';
import { Late } from '../ui/Late.js';
import { Skeleton } from '../ui/Skeleton.js';

const ZoneList = lazy(() => loadAgain(() => import('./ZoneList.js')));

/** The time zone in which days begin and times are written. */
export function ZoneMenu() {
  const { zone } = useView();
  const { startMs } = useRange();
  const [open, setOpen] = useState(false);
  const label = `${zone.replaceAll('_', ' ')} (${offsetName(zone, startMs)})`;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button
          data-testid="zone"
          data-zone={zone}
          aria-label={`Time zone: ${label}`}
          title={`Time zone: ${label}`}
          className="max-sm:size-11 max-sm:px-0"
        >
          <Globe aria-hidden="true" />
          <span className="max-sm:hidden">{zone.split('/').at(-1)?.replaceAll('_', ' ')}</span>
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Time zone"
          className="z-50 w-[min(22rem,calc(100vw-1rem))] rounded-lg border border-line bg-raised p-2 text-sm text-ink shadow-lg outline-none"
        >
          <Late what="The list of time zones" skeleton={<Skeleton className="h-72" />}>
            <ZoneList onDone={() => setOpen(false)} />
          </Late>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
