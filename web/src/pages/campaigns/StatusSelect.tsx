import type { Campaign } from '@clickledger/contract';

export const STATUS_LABELS: Record<Campaign['status'], string> = {
  active: 'Active',
  paused: 'Paused',
  ended: 'Ended',
};
const DOTS: Record<Campaign['status'], string> = {
  active: 'bg-good',
  paused: 'bg-warn',
  ended: 'bg-control',
};

/** A status in words, with a dot. */
export const Status = ({ status }: { status: Campaign['status'] }) => (
  <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
    <span aria-hidden="true" className={`size-2 rounded-full ${DOTS[status]}`} />
    {STATUS_LABELS[status]}
  </span>
);

/** Changes a status at once. */
export const StatusSelect = ({
  status,
  disabled,
  onChange,
}: {
  status: Campaign['status'];
  disabled?: boolean;
  onChange: (status: Campaign['status']) => void;
}) => (
  <select
    className="control"
    aria-label="Status"
    data-testid="status"
    value={status}
    disabled={disabled}
    onChange={({ target }) => onChange(target.value as Campaign['status'])}
  >
    {Object.entries(STATUS_LABELS).map(([value, label]) => (
      <option key={value} value={value}>
        {label}
      </option>
    ))}
  </select>
);
