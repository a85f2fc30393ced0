import { cn } from '../lib/cn.js';

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  className?: string;
}

/** A few alternatives of which one is on, in one line: for tabs of a panel too. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: SegmentedProps<T>) {
  return (
    <fieldset className={cn('flex min-w-0 flex-wrap items-center gap-x-3', className)}>
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          data-testid={`tab-${option.value}`}
          onClick={() => onChange(option.value)}
          className="h-8 truncate border-b-2 border-transparent text-sm font-medium text-muted hover:text-ink aria-pressed:border-accent aria-pressed:text-ink"
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
