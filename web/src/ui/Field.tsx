import { type ComponentProps, type ReactNode, useId } from 'react';
import { cn } from '../lib/cn.js';

interface Props {
  label: string;
  /** What is wanted, below the field. */
  hint?: ReactNode;
  /** What is wrong with what was typed, in the hint's place. */
  error?: string | undefined;
}

/** A labelled field of a form. */
export function Field({ label, hint, error, className, ...input }: Props & ComponentProps<'input'>) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className={cn('control h-9 w-full', error && 'border-crit')}
        aria-describedby={hint || error ? `${id}-hint` : undefined}
        aria-invalid={error ? true : undefined}
        {...input}
      />
      {(error || hint) && (
        <p id={`${id}-hint`} className={cn('mt-1 text-xs', error ? 'text-crit' : 'text-muted')}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
