import type { Campaign } from '@clickledger/contract';
import { useAnswers } from '../../api/answers.js';
import { useBillingZone } from '../../api/settings.js';
import { Skeleton } from '../../ui/Skeleton.js';
import { Budget } from './Budget.js';

/**
 * What a campaign spent today of its daily budget, whatever range and zone are in view: a budget has one day, the account's, or two
 * people would not agree on whether it is used up.
 */
export function TodayBudget({ campaign }: { campaign: Campaign }) {
  const zone = useBillingZone();
  return zone === undefined ? <Skeleton className="h-6 w-32" /> : <OfDay campaign={campaign} zone={zone} />;
}

function OfDay({ campaign, zone }: { campaign: Campaign; zone: string }) {
  const { answers } = useAnswers(campaign.campaign_id, null, {
    today: {
      asked: 'today',
      zone,
      granularity: 'total',
      filters: [{ dimension: 'campaign_id', not: false, values: [campaign.campaign_id] }],
    },
  });
  const reply = answers.today?.reply;
  if (!reply) return <Skeleton className="h-6 w-32" />;
  return (
    <Budget
      spentMicros={reply.data[0]?.cost_micros ?? 0}
      budgetMicros={campaign.daily_budget_micros}
      zone={zone}
    />
  );
}
