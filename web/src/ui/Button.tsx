import { cva, type VariantProps } from 'class-variance-authority';
import type { ComponentProps } from 'react';
import { cn } from '../lib/cn.js';

const button = cva(
  'inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md text-sm font-medium disabled:cursor-not-allowed disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      kind: {
        plain: 'border border-control/40 bg-surface text-ink hover:border-control hover:bg-sunken',
        primary: 'bg-accent text-accent-ink hover:brightness-110',
        quiet: 'text-muted hover:bg-sunken hover:text-ink aria-pressed:bg-sunken aria-pressed:text-ink',
        danger: 'border border-crit/40 text-crit hover:bg-crit-soft',
      },
      size: { small: 'h-7 px-2', normal: 'h-8 px-3', icon: 'size-8', 'icon-small': 'size-7' },
    },
    defaultVariants: { kind: 'plain', size: 'normal' },
  },
);

export type ButtonProps = ComponentProps<'button'> & VariantProps<typeof button>;

/** A button. One with only an icon needs an `aria-label`. */
export const Button = ({ kind, size, className, type = 'button', ...rest }: ButtonProps) => (
  <button type={type} className={cn(button({ kind, size }), className)} {...rest} />
);
