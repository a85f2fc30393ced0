import { formatShare } from '../lib/format.js';
import { type FraudStatus, fraudStatus } from '../lib/fraud.js';

export const FRAUD_STYLES: Record<FraudStatus, { label: string; className: string }> = {
  normal: { label: 'Normal', className: 'bg-good-soft text-good' },
  warning: { label: 'Warning', className: 'bg-warn-soft text-warn' },
  critical: { label: 'Critical', className: 'bg-crit-soft text-crit' },
};

/** A fraud rate (0 to 1) with its status in colour and, unless it is normal, in words. */
export function FraudBadge({ rate }: { rate: number }) {
  const status = fraudStatus(rate);
  const { label, className } = FRAUD_STYLES[status];
  return (
    <span className="inline-flex items-center justify-end gap-1.5 whitespace-nowrap" data-status={status}>
      {status !== 'normal' && (
        <span className={`rounded-full px-2 py-0.5 text-xs font-medium ${className}`}>{label}</span>
      )}
      {formatShare(rate)}
    </span>
  );
}
