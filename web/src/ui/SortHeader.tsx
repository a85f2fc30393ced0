import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '../lib/cn.js';

interface Props {
  /** How the table is sorted by this column; null: by another one. */
  direction: 'asc' | 'desc' | null;
  onSort: () => void;
  align?: 'left' | 'right';
  className?: string;
  children: ReactNode;
}

/** The head of a column that sorts: the whole cell is the button. */
export function SortHeader({ direction, onSort, align = 'right', className, children }: Props) {
  const Arrow = direction === 'asc' ? ArrowUp : ArrowDown;
  return (
    <th
      scope="col"
      aria-sort={direction ? `${direction}ending` : undefined}
      className={cn('p-0!', className)}
    >
      <button
        type="button"
        className={cn(
          'flex min-h-8 w-full items-center gap-1 whitespace-nowrap rounded px-2 pb-1.5 font-medium hover:text-ink',
          align === 'right' ? 'justify-end' : 'justify-start',
          direction && 'text-ink',
        )}
        onClick={onSort}
      >
        {children}
        {direction && <Arrow className="size-3" aria-hidden="true" />}
      </button>
    </th>
  );
}
