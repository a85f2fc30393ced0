import { useChangeSettings, useSettings } from '../../api/settings.js';
import { useMay } from '../../app/may.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';

/** Whether clicks of campaigns that nobody has set up are flagged, which an owner can change. */
export function UnknownCampaigns() {
  const { data } = useSettings();
  const change = useChangeSettings();
  const mayChange = useMay('PATCH /api/v1/admin/settings');
  return (
    <Panel title="Unknown campaigns" testId="unknown-campaigns">
      {!data && <SkeletonRows count={2} />}
      {data && !mayChange && (
        <p className="text-sm">
          Flag clicks of unknown campaigns: {data.only_known_campaigns ? 'on' : 'off'}
        </p>
      )}
      {data && mayChange && (
        <label className="flex max-w-prose items-start gap-2.5 text-sm">
          <input
            type="checkbox"
            className="mt-0.5 size-4 shrink-0 accent-(--c-accent)"
            data-testid="only-known-campaigns"
            checked={(change.isPending ? change.variables : data).only_known_campaigns === true}
            disabled={change.isPending}
            onChange={({ target }) => change.mutate({ only_known_campaigns: target.checked })}
          />
          <span>
            Flag clicks of unknown campaigns
            <span className="block text-muted">
              A click whose campaign nobody has set up is stored and flagged “Unknown campaign”. It creates no
              campaign, ad, or advertiser. When off, the first click of a campaign creates it.
            </span>
          </span>
        </label>
      )}
      <FormError error={change.error} />
    </Panel>
  );
}
