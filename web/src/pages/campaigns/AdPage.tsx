import type { Ad } from '@clickledger/contract';
import { Link, useParams } from '@tanstack/react-router';
import { AnalyticsView } from '../../analytics/AnalyticsView.js';
import { FilterChips } from '../../analytics/FilterChips.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { useAds, useCampaigns, useChangeAd } from '../../api/queries.js';
import { keepView } from '../../state/search.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { BackToCampaigns } from './CampaignPage.js';
import { InlineEdit } from './InlineEdit.js';
import { StatusSelect } from './StatusSelect.js';

const NO_ENTITIES = [] as const;

/** One ad of a campaign, and its clicks. */
export function AdPage() {
  const { campaignId, adId } = useParams({ strict: false }) as { campaignId: string; adId: string };
  const campaign = useCampaigns().data?.data.find((one) => one.campaign_id === campaignId);
  const ad = useAds(campaignId).data?.data.find((one) => one.ad_id === adId);
  const scope = [
    { dimension: 'campaign_id', not: false, values: [campaignId] },
    { dimension: 'ad_id', not: false, values: [adId] },
  ] as const;
  return (
    <>
      <PageHeader
        title={ad?.name ?? adId}
        above={
          <BackToCampaigns>
            <span aria-hidden="true">/</span>
            <Link
              to="/campaigns/$campaignId"
              params={{ campaignId }}
              search={keepView}
              className="truncate hover:text-ink hover:underline"
            >
              {campaign?.name ?? campaignId}
            </Link>
          </BackToCampaigns>
        }
      >
        <Toolbar />
      </PageHeader>
      <FilterChips />
      <AnalyticsView scope={scope} entities={NO_ENTITIES}>
        {ad && <AdFacts ad={ad} />}
      </AnalyticsView>
    </>
  );
}

/** Name and status, edited in place. */
function AdFacts({ ad }: { ad: Ad }) {
  const change = useChangeAd(ad.ad_id);
  return (
    <section className="card flex flex-wrap items-center gap-x-8 gap-y-3 p-4 text-sm" aria-label="Ad">
      <InlineEdit
        label="Name"
        testId="edit-name"
        className="font-medium"
        text={ad.name ?? 'Give it a name'}
        value={ad.name ?? ''}
        onSave={(name) => change.mutateAsync({ name: name === '' ? null : name })}
      />
      <StatusSelect
        status={ad.status}
        disabled={change.isPending}
        onChange={(status) => change.mutate({ status })}
      />
      <span className="text-muted">{ad.ad_id}</span>
    </section>
  );
}
