import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from '../lib/cn.js';

const SURFACE =
  'z-50 min-w-44 rounded-lg border border-line bg-raised p-1 text-sm text-ink shadow-lg outline-none';
const ITEM =
  'flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-sunken data-disabled:opacity-50 [&_svg]:size-4 [&_svg]:text-muted';

/** A menu below a button. Not modal: that would need a style element, which a strict policy refuses. */
export function Menu({
  trigger,
  align = 'end',
  children,
}: {
  trigger: ReactNode;
  align?: 'start' | 'end';
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Content
        align={align}
        sideOffset={4}
        collisionPadding={8}
        className={cn(SURFACE, 'max-h-(--radix-dropdown-menu-content-available-height) overflow-y-auto')}
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

export const MenuItem = ({ className, ...rest }: ComponentProps<typeof DropdownMenu.Item>) => (
  <DropdownMenu.Item className={cn(ITEM, className)} {...rest} />
);

/** An item of a menu of which one is chosen. */
export function MenuChoice({
  chosen,
  hint,
  children,
  ...rest
}: ComponentProps<typeof DropdownMenu.CheckboxItem> & { chosen: boolean; hint?: string }) {
  return (
    <DropdownMenu.CheckboxItem className={ITEM} checked={chosen} {...rest}>
      <Check className={cn('text-accent!', !chosen && 'invisible')} aria-hidden="true" />
      <span className="mr-auto">{children}</span>
      {hint && <kbd className="pl-4 font-sans text-xs text-muted">{hint}</kbd>}
    </DropdownMenu.CheckboxItem>
  );
}

export const MenuLine = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />;
export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-2 py-1 text-xs text-muted">{children}</DropdownMenu.Label>
);
