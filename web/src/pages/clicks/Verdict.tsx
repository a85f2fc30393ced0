import { ShieldAlert } from 'lucide-react';
import { ruleLabel } from '../../lib/labels.js';

interface Judged {
  is_fraudulent: boolean;
  fraud_reason: string | null;
  fraud_reasons: readonly string[];
}

/** What was found about a click, in words. */
export function Verdict({ click }: { click: Judged }) {
  if (click.is_fraudulent) {
    const label = ruleLabel(click.fraud_reason ?? 'flagged');
    return (
      <span className="inline-flex max-w-full items-center gap-1 font-medium text-crit">
        <ShieldAlert className="size-3.5 shrink-0" aria-hidden="true" />
        <span className="truncate" title={label}>
          {label}
        </span>
      </span>
    );
  }
  const weak = click.fraud_reasons.length;
  if (weak === 0) return <span className="text-muted">Valid</span>;
  return (
    <span className="text-muted" title={click.fraud_reasons.map(ruleLabel).join(', ')}>
      Valid · {weak} {weak === 1 ? 'signal' : 'signals'}
    </span>
  );
}
