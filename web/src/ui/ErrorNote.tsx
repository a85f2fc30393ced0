import { TriangleAlert } from 'lucide-react';
import { explain } from '../api/http.js';
import { Button } from './Button.js';

/** What failed, what to do about it, and a button to try again. */
export function ErrorNote({ error, what, retry }: { error: unknown; what: string; retry?: () => void }) {
  const { title, hint } = explain(error);
  return (
    <div role="alert" data-testid="panel-error" className="flex flex-wrap items-center gap-3 py-3 text-sm">
      <TriangleAlert className="size-5 shrink-0 text-crit" aria-hidden="true" />
      <div className="min-w-48 flex-1">
        <p className="font-medium">
          {what}: {title.charAt(0).toLowerCase() + title.slice(1)}
        </p>
        <p className="text-muted">{hint}</p>
      </div>
      {retry && <Button onClick={retry}>Retry</Button>}
    </div>
  );
}
