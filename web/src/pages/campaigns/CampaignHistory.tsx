import { call } from '../../api/http.js';
import { ChangeHistory } from '../audit/ChangeHistory.js';

/** Who changed what of this campaign, newest first. */
export const CampaignHistory = ({ campaignId }: { campaignId: string }) => (
  <ChangeHistory
    kind="campaign"
    id={campaignId}
    testId="campaign-history"
    queryKey={['campaigns', campaignId, 'changes']}
    read={(signal) =>
      call('GET /api/v1/campaigns/:campaign_id/changes', { params: { campaign_id: campaignId }, signal })
    }
  />
);
