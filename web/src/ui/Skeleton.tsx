import { cn } from '../lib/cn.js';

/** A grey block in the place, and of the size, of something that loads. */
export const Skeleton = ({ className }: { className?: string }) => (
  <div aria-hidden="true" className={cn('rounded-md bg-sunken motion-safe:animate-pulse', className)} />
);

/** As many grey lines as a list will have. */
export const SkeletonRows = ({ count, className }: { count: number; className?: string }) => (
  <div role="status" aria-label="Loading" className={cn('space-y-1', className)}>
    {Array.from({ length: count }, (_, index) => (
      <Skeleton key={index} className="h-8" />
    ))}
  </div>
);
