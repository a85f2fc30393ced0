import { useHealth } from '../api/queries.js';
import { SkeletonRows } from '../ui/Skeleton.js';

/** In the place of a page whose code has not come yet: what was chosen is not what would still stand there. */
export function PagePending() {
  const { isError } = useHealth();
  return (
    <div data-testid="page-pending">
      <p className="mb-4 text-sm text-muted" role="status">
        {isError ? 'Can’t reach the server. This page opens when the connection is back.' : 'Loading…'}
      </p>
      <SkeletonRows count={8} />
    </div>
  );
}
