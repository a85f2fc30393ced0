import { ApiError } from '../../api/http.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { BackToCampaigns } from './BackToCampaigns.js';

/** Whether an error says that there is no such campaign or ad, or that it is another advertiser's, which looks the same. */
export const isUnknown = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

/** In place of the page of a campaign or ad that there is not. */
export const UnknownEntity = ({ kind, id }: { kind: 'campaign' | 'ad'; id: string }) => (
  <>
    <PageHeader title={`No ${kind} with this ID`} above={<BackToCampaigns />} />
    <p className="text-sm text-muted" data-testid="unknown-entity">
      There is no {kind} with the ID <span className="font-medium break-all text-ink">{id}</span>.
    </p>
  </>
);
