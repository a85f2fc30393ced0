import type { Campaign, PricingModel } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { useChangeCampaign } from '../../api/queries.js';
import { useBillingZone } from '../../api/settings.js';
import { useMay } from '../../app/may.js';
import { formatMoneyExact } from '../../lib/format.js';
import { moneyFromInput, moneyToInput } from '../../lib/money-input.js';
import { PRICING, PRICING_MODELS, priceOf } from '../../lib/pricing.js';
import { FormError } from '../../ui/FormError.js';
import { onlyCampaign } from './CampaignFraud.js';
import { InlineEdit } from './InlineEdit.js';
import { Status, StatusSelect } from './StatusSelect.js';
import { TodayBudget } from './TodayBudget.js';

/** Name, status, price, and budget, edited in place by those who may, and today's spend. */
export function CampaignFacts({ campaign }: { campaign: Campaign }) {
  const change = useChangeCampaign(campaign.campaign_id);
  const zone = useBillingZone();
  const pricing = PRICING[campaign.pricing_model];
  const isEditable = useMay('PATCH /api/v1/campaigns/:campaign_id');
  return (
    <section className="card p-4" aria-label="Campaign">
      <dl className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-3 xl:grid-cols-6 [&_dd]:mt-0.5 [&_dd]:font-medium [&_dt]:text-xs [&_dt]:text-muted">
        <div className="min-w-0">
          <dt>Name</dt>
          <dd>
            <InlineEdit
              label="Name"
              testId="edit-name"
              isEditable={isEditable}
              text={campaign.name ?? (isEditable ? 'Add name' : 'No name')}
              value={campaign.name ?? ''}
              onSave={(name) => change.mutateAsync({ name: name === '' ? null : name })}
            />
          </dd>
        </div>
        <div>
          <dt>Status</dt>
          <dd>
            {isEditable ? (
              <StatusSelect
                status={campaign.status}
                disabled={change.isPending}
                onChange={(status) => change.mutate({ status })}
              />
            ) : (
              <Status status={campaign.status} />
            )}
          </dd>
        </div>
        <div>
          <dt>{pricing.label}</dt>
          <dd className="flex flex-wrap items-center gap-2">
            <InlineEdit
              label={pricing.label}
              testId="edit-price"
              kind="money"
              isEditable={isEditable}
              text={formatMoneyExact(priceOf(campaign))}
              value={moneyToInput(priceOf(campaign))}
              onSave={async (text) => change.mutateAsync({ [pricing.field]: moneyFromInput(text) })}
            />
            {isEditable && (
              <select
                className="control"
                aria-label="Pricing model"
                title="What the campaign is billed by from now on"
                data-testid="pricing-model"
                value={campaign.pricing_model}
                disabled={change.isPending}
                onChange={({ target }) => change.mutate({ pricing_model: target.value as PricingModel })}
              >
                {PRICING_MODELS.map((model) => (
                  <option key={model} value={model}>
                    {PRICING[model].short}
                  </option>
                ))}
              </select>
            )}
          </dd>
        </div>
        <div>
          <dt>Daily budget</dt>
          <dd>
            <InlineEdit
              label="Daily budget"
              testId="edit-budget"
              kind="money"
              isEditable={isEditable}
              text={
                campaign.daily_budget_micros === null
                  ? 'No budget'
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
          <dt>Spent today{zone && ` (${zone})`}</dt>
          <dd>
            <TodayBudget campaign={campaign} />
          </dd>
        </div>
        <div className="min-w-0">
          <dt>ID · advertiser</dt>
          <dd className="truncate" title={`${campaign.campaign_id} · ${campaign.advertiser_id}`}>
            {campaign.campaign_id} · {campaign.advertiser_id}
          </dd>
        </div>
      </dl>
      <FormError error={change.error} />
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <p className="mr-auto text-muted">
          {campaign.daily_budget_micros !== null &&
            'The budget is for tracking only. Clicks above it are still counted and billed.'}
        </p>
        <FraudLinks campaignId={campaign.campaign_id} />
      </div>
    </section>
  );
}

/** The way from a campaign to what was flagged of it. */
function FraudLinks({ campaignId }: { campaignId: string }) {
  const maySeeReport = useMay('GET /api/v1/fraud/summary');
  const maySeeClicks = useMay('GET /api/v1/clicks');
  return (
    <>
      {maySeeReport && (
        <Link to="/fraud" search={onlyCampaign(campaignId)} className="py-0.5 text-accent hover:underline">
          Fraud report
        </Link>
      )}
      {maySeeClicks && (
        <Link
          to="/clicks"
          search={onlyCampaign(campaignId, { flagged: 'true' })}
          className="py-0.5 text-accent hover:underline"
        >
          Flagged clicks
        </Link>
      )}
    </>
  );
}
