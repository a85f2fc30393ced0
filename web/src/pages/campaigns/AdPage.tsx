import type { Ad } from '@clickledger/contract';
import { Link, useParams } from '@tanstack/react-router';
import { AnalyticsView } from '../../analytics/AnalyticsView.js';
import { FilterChips } from '../../analytics/FilterChips.js';
import { nameAndId } from '../../analytics/names.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { useAd, useCampaign, useChangeAd } from '../../api/queries.js';
import { useMay } from '../../app/may.js';
import { keepView } from '../../state/search.js';
import { FormError } from '../../ui/FormError.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { BackToCampaigns } from './BackToCampaigns.js';
import { InlineEdit } from './InlineEdit.js';
import { Status, StatusSelect } from './StatusSelect.js';
import { isUnknown, UnknownEntity } from './UnknownEntity.js';

const NO_ENTITIES = [] as const;

/** One ad of a campaign, and its clicks. */
export function AdPage() {
  const { campaignId, adId } = useParams({ strict: false }) as { campaignId: string; adId: string };
  const campaign = useCampaign(campaignId).data;
  const { data: ad, error } = useAd(adId);
  const scope = [
    { dimension: 'campaign_id', not: false, values: [campaignId] },
    { dimension: 'ad_id', not: false, values: [adId] },
  ] as const;
  if (isUnknown(error) || (ad && ad.campaign_id !== campaignId)) return <UnknownEntity kind="ad" id={adId} />;
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
              className="truncate py-0.5 hover:text-ink hover:underline"
              title={nameAndId(campaign?.name ?? campaignId, campaignId)}
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

/** Name and status, edited in place by those who may. */
function AdFacts({ ad }: { ad: Ad }) {
  const change = useChangeAd(ad.ad_id);
  const isEditable = useMay('PATCH /api/v1/ads/:ad_id');
  return (
    <section className="card flex flex-wrap items-center gap-x-8 gap-y-3 p-4 text-sm" aria-label="Ad">
      <InlineEdit
        label="Name"
        testId="edit-name"
        className="font-medium"
        isEditable={isEditable}
        text={ad.name ?? (isEditable ? 'Add name' : 'No name')}
        value={ad.name ?? ''}
        onSave={(name) => change.mutateAsync({ name: name === '' ? null : name })}
      />
      {isEditable ? (
        <StatusSelect
          status={ad.status}
          disabled={change.isPending}
          onChange={(status) => change.mutate({ status })}
        />
      ) : (
        <Status status={ad.status} />
      )}
      <span className="text-muted">{ad.ad_id}</span>
      <FormError error={change.error} />
    </section>
  );
}
