import { useId } from 'react';

interface Props {
  label: string;
  options: readonly string[];
  /** An option as it is shown. */
  textOf: (option: string) => string;
  value: string;
  disabled?: boolean;
  onChange: (value: string) => void;
}

/** A labelled choice of one of many. A value that is none of the options is shown as it is. */
export function Select({ label, options, textOf, value, disabled, onChange }: Props) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        className="control h-9 w-full disabled:opacity-60"
        value={value}
        disabled={disabled}
        onChange={({ target }) => onChange(target.value)}
      >
        {!options.includes(value) && <option value={value}>{value}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {textOf(option)}
          </option>
        ))}
      </select>
    </div>
  );
}
