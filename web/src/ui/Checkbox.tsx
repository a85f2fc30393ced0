import type { ReactNode } from 'react';

interface Props {
  label: string;
  hint?: ReactNode;
  checked: boolean;
  testId?: string;
  onChange: (checked: boolean) => void;
}

/** A labelled choice of yes or no. */
export const Checkbox = ({ label, hint, checked, testId, onChange }: Props) => (
  <label className="flex items-start gap-2.5 text-sm">
    <input
      type="checkbox"
      className="mt-0.5 size-4 shrink-0 accent-(--c-accent)"
      data-testid={testId}
      checked={checked}
      onChange={({ target }) => onChange(target.checked)}
    />
    <span>
      {label} {hint && <span className="text-muted">{hint}</span>}
    </span>
  </label>
);
