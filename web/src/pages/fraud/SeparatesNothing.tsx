import type { FraudSummaryReply } from '@clickledger/contract';
import { formatShare } from '../../lib/format.js';

/** Says of a rule that matches many clean clicks that it separates nothing; nothing of any other. */
export const SeparatesNothing = ({ rule }: { rule: FraudSummaryReply['rules'][number] | undefined }) =>
  rule?.separates_nothing ? (
    <p className="text-sm text-warn" data-testid="separates-nothing">
      Matches {formatShare(rule.clean_share)} of clean clicks, so it doesn’t tell fraud from people.
    </p>
  ) : null;
