import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { TriangleAlert, X } from 'lucide-react';
import { useEffect } from 'react';
import { useDropped } from '../state/dropped.js';
import { stringifySearch } from '../state/search.js';
import { Button } from '../ui/Button.js';

/** Says which values of a link were left out because they mean nothing here. */
export function DroppedNotice() {
  const { dropped, clear } = useDropped();
  if (dropped.length === 0) return null;
  return (
    <p
      role="status"
      data-testid="dropped-notice"
      className="mb-4 flex items-center gap-2 rounded-lg bg-warn-soft py-1 pl-3 pr-1 text-sm text-warn"
    >
      <TriangleAlert className="size-4 shrink-0" aria-hidden="true" />
      <span className="min-w-0 flex-1 break-words">
        This link has invalid values, which are ignored:{' '}
        <span className="font-medium">{dropped.join(', ')}</span>
      </span>
      <Button kind="quiet" size="icon-small" aria-label="Dismiss" onClick={clear}>
        <X aria-hidden="true" />
      </Button>
    </p>
  );
}

/** Keeps the address what the page shows, with the zone and without what meant nothing, so that it can be shared at any time. */
export function useWholeAddress(): void {
  const { searchStr } = useLocation();
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const whole = stringifySearch(search);
  useEffect(() => {
    if (whole === searchStr) return;
    void navigate({
      to: '.',
      replace: true,
      resetScroll: false,
      hash: true,
      search: (now: Record<string, unknown>) => now,
    } as never);
  }, [whole, searchStr, navigate]);
}
