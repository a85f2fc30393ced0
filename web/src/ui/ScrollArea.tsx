import type { ReactNode } from 'react';
import { cn } from '../lib/cn.js';

interface Props {
  label: string;
  className?: string;
  children: ReactNode;
}

/**
 * A wide table's place, which scrolls by itself, also by keyboard. It is positioned, so that what is hidden by being absolute
 * (words for screen readers) is cut off with the rest and does not make the page wider.
 */
export const ScrollArea = ({ label, className, children }: Props) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard.
  <section className={cn('relative -mx-4 overflow-auto px-4', className)} tabIndex={0} aria-label={label}>
    {children}
  </section>
);
