import { type ComponentProps, useId } from 'react';

/** A labelled field of several lines. `hint`: what is wanted, below it. */
export function TextArea({
  label,
  hint,
  ...input
}: { label: string; hint?: string } & ComponentProps<'textarea'>) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        className="control h-auto w-full py-1.5"
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
