import { cn } from '../../lib/cn.js';
import { formatMoney, formatMoneyExact, formatShare } from '../../lib/format.js';

/** What was spent of the daily budget, today in the account's zone. */
export function Budget({
  spentMicros,
  budgetMicros,
  zone,
}: {
  spentMicros: number;
  budgetMicros: number | null;
  zone: string | undefined;
}) {
  if (budgetMicros === null)
    return <span className="text-muted">{formatMoney(spentMicros)} · no budget</span>;
  const share = budgetMicros > 0 ? spentMicros / budgetMicros : 1;
  const over = share >= 1;
  return (
    <span
      className="inline-block min-w-32 text-right"
      title={`${formatMoneyExact(spentMicros)} of ${formatMoneyExact(budgetMicros)} today${zone ? ` (${zone})` : ''}`}
    >
      <span className="flex items-baseline justify-end gap-1.5">
        <span className={cn('font-medium', over && 'text-crit')}>
          {over && '▲ '}
          {formatShare(share)}
        </span>
        <span className="text-xs text-muted">of {formatMoney(budgetMicros)}</span>
      </span>
      <span className="mt-0.5 block h-1 overflow-hidden rounded-full bg-sunken">
        <span
          className={cn('block h-full rounded-full', over ? 'bg-crit' : 'bg-accent')}
          style={{ width: `${Math.min(100, share * 100)}%` }}
        />
      </span>
    </span>
  );
}
