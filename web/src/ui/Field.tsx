import { type ComponentProps, useId } from 'react';
import { cn } from '../lib/cn.js';

/** A labelled field of a form. `hint`: what is wanted, below it. */
export function Field({
  label,
  hint,
  className,
  ...input
}: { label: string; hint?: string } & ComponentProps<'input'>) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className={cn('control h-9 w-full')}
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...input}
      />
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}
