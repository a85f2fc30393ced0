import { useParams } from '@tanstack/react-router';
import { AnalyticsView } from '../../analytics/AnalyticsView.js';
import { FilterChips } from '../../analytics/FilterChips.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { useCampaign } from '../../api/queries.js';
import { useMay } from '../../app/may.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { AdTable } from './AdTable.js';
import { BackToCampaigns } from './BackToCampaigns.js';
import { CampaignFacts } from './CampaignFacts.js';
import { CampaignHistory } from './CampaignHistory.js';
import { isUnknown, UnknownEntity } from './UnknownEntity.js';

const NO_ENTITIES = [] as const;

/** One campaign: what it is, what it costs, and its clicks. */
export function CampaignPage() {
  const { campaignId } = useParams({ strict: false }) as { campaignId: string };
  const { data: campaign, error } = useCampaign(campaignId);
  const mayReadHistory = useMay('GET /api/v1/campaigns/:campaign_id/changes');
  const scope = [{ dimension: 'campaign_id', not: false, values: [campaignId] }] as const;
  if (isUnknown(error)) return <UnknownEntity kind="campaign" id={campaignId} />;
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
      {mayReadHistory && <CampaignHistory campaignId={campaignId} />}
    </>
  );
}
