import type { Campaign } from '@clickledger/contract';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { AnalyticsView } from '../../analytics/AnalyticsView.js';
import { FilterChips } from '../../analytics/FilterChips.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { useCampaigns, useChangeCampaign } from '../../api/queries.js';
import { formatMoneyExact } from '../../lib/format.js';
import { moneyFromInput, moneyToInput } from '../../lib/money-input.js';
import { keepView } from '../../state/search.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { AdTable } from './AdTable.js';
import { InlineEdit } from './InlineEdit.js';
import { StatusSelect } from './StatusSelect.js';
import { TodayBudget } from './TodayBudget.js';

const NO_ENTITIES = [] as const;

/** One campaign: what it is, what it costs, and its clicks. */
export function CampaignPage() {
  const { campaignId } = useParams({ strict: false }) as { campaignId: string };
  const campaign = useCampaigns().data?.data.find((one) => one.campaign_id === campaignId);
  const scope = [{ dimension: 'campaign_id', not: false, values: [campaignId] }] as const;
  return (
    <>
      <PageHeader title={campaign?.name ?? campaignId} above={<BackToCampaigns />}>
        <Toolbar />
      </PageHeader>
      <FilterChips />
      <AnalyticsView scope={scope} entities={NO_ENTITIES}>
        {campaign && <CampaignFacts campaign={campaign} />}
        <AdTable campaignId={campaignId} />
      </AnalyticsView>
    </>
  );
}

export const BackToCampaigns = ({ children }: { children?: ReactNode }) => (
  <nav aria-label="Breadcrumb" className="flex items-center gap-1 text-sm text-muted">
    <Link to="/campaigns" search={keepView} className="hover:text-ink hover:underline">
      Campaigns
    </Link>
    {children}
  </nav>
);

/** Name, status and prices, edited in place, and what was spent today. */
function CampaignFacts({ campaign }: { campaign: Campaign }) {
  const change = useChangeCampaign(campaign.campaign_id);
  return (
    <section className="card p-4" aria-label="Campaign">
      <dl className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-3 xl:grid-cols-6 [&_dd]:mt-0.5 [&_dd]:font-medium [&_dt]:text-xs [&_dt]:text-muted">
        <div className="min-w-0">
          <dt>Name</dt>
          <dd>
            <InlineEdit
              label="Name"
              testId="edit-name"
              text={campaign.name ?? 'Give it a name'}
              value={campaign.name ?? ''}
              onSave={(name) => change.mutateAsync({ name: name === '' ? null : name })}
            />
          </dd>
        </div>
        <div>
          <dt>Status</dt>
          <dd>
            <StatusSelect
              status={campaign.status}
              disabled={change.isPending}
              onChange={(status) => change.mutate({ status })}
            />
          </dd>
        </div>
        <div>
          <dt>Cost per click</dt>
          <dd>
            <InlineEdit
              label="Cost per click"
              testId="edit-price"
              kind="money"
              text={formatMoneyExact(campaign.cost_per_click_micros)}
              value={moneyToInput(campaign.cost_per_click_micros)}
              onSave={async (text) => change.mutateAsync({ cost_per_click_micros: moneyFromInput(text) })}
            />
          </dd>
        </div>
        <div>
          <dt>Daily budget</dt>
          <dd>
            <InlineEdit
              label="Daily budget"
              testId="edit-budget"
              kind="money"
              text={
                campaign.daily_budget_micros === null
                  ? 'No limit'
                  : formatMoneyExact(campaign.daily_budget_micros)
              }
              value={moneyToInput(campaign.daily_budget_micros)}
              onSave={async (text) =>
                change.mutateAsync({ daily_budget_micros: text === '' ? null : moneyFromInput(text) })
              }
            />
          </dd>
        </div>
        <div>
          <dt>Spent today</dt>
          <dd>
            <TodayBudget campaign={campaign} />
          </dd>
        </div>
        <div className="min-w-0">
          <dt>Id · advertiser</dt>
          <dd className="truncate" title={`${campaign.campaign_id} · ${campaign.advertiser_id}`}>
            {campaign.campaign_id} · {campaign.advertiser_id}
          </dd>
        </div>
      </dl>
    </section>
  );
}
