import { AnalyticsView } from '../../analytics/AnalyticsView.js';
import { FilterChips } from '../../analytics/FilterChips.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { PageHeader } from '../../ui/PageHeader.js';

const ENTITIES = ['campaign_id', 'ad_id', 'advertiser_id'] as const;

/** All clicks. */
export function OverviewPage() {
  return (
    <>
      <PageHeader title="Overview">
        <Toolbar />
      </PageHeader>
      <FilterChips />
      <AnalyticsView entities={ENTITIES} />
    </>
  );
}
