import { ShieldAlert } from 'lucide-react';
import { ruleLabel } from '../../lib/labels.js';

interface Judged {
  is_fraudulent: boolean;
  fraud_reason: string | null;
  fraud_reasons: readonly string[];
}

/** What was found about a click, in words. */
export function Verdict({ click }: { click: Judged }) {
  if (click.is_fraudulent)
    return (
      <span className="inline-flex items-center gap-1 whitespace-nowrap font-medium text-crit">
        <ShieldAlert className="size-3.5 shrink-0" aria-hidden="true" />
        {ruleLabel(click.fraud_reason ?? 'flagged')}
      </span>
    );
  const weak = click.fraud_reasons.length;
  if (weak === 0) return <span className="text-muted">Clean</span>;
  return (
    <span className="whitespace-nowrap text-warn" title={click.fraud_reasons.map(ruleLabel).join(', ')}>
      Clean, {weak} weak {weak === 1 ? 'sign' : 'signs'}
    </span>
  );
}
