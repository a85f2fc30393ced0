interface Props {
  label: string;
  testId: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onChange: (value: string) => void;
}

/** A choice of one of several, without a label beside it. A value that is none of the options is shown as it is. */
export const Choice = ({ label, testId, value, options, onChange }: Props) => (
  <select
    className="control w-full sm:w-auto sm:max-w-52"
    aria-label={label}
    data-testid={testId}
    value={value}
    onChange={({ target }) => onChange(target.value)}
  >
    {!options.some(([one]) => one === value) && <option value={value}>{value}</option>}
    {options.map(([one, text]) => (
      <option key={one} value={one}>
        {text}
      </option>
    ))}
  </select>
);
