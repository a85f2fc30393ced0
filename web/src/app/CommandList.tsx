import { useNavigate } from '@tanstack/react-router';
import { Command, defaultFilter } from 'cmdk';
import { Building2, CalendarRange, Image, Megaphone, MousePointerClick } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useAds, useAdvertisers, useCampaigns } from '../api/queries.js';
import { withValue } from '../lib/filters.js';
import { PRESET_NAMES, PRESETS } from '../lib/presets.js';
import { isAddressHash, isClickId } from '../pages/clicks/log-query.js';
import { carryView, keepView } from '../state/search.js';
import { useChangeView } from '../state/view.js';
import { usePages } from './may.js';

/** Most campaigns and advertisers that are looked through: beyond it a list of them all is too slow to search in. */
const ENTITIES_MAX = 2_000;

/** What can be searched for, and what choosing it does. Loaded lazily, so it is the default export. */
export default function CommandList({ onDone }: { onDone: () => void }) {
  const navigate = useNavigate();
  const pages = usePages();
  const changeView = useChangeView();
  const known = [useCampaigns(), useAdvertisers(), useAds()] as const;
  const campaigns = known[0].data?.data.slice(0, ENTITIES_MAX) ?? [];
  const advertisers = known[1].data?.data.slice(0, ENTITIES_MAX) ?? [];
  const ads = known[2].data?.data.slice(0, ENTITIES_MAX) ?? [];
  const isLoading = known.some(({ isPending }) => isPending);
  const [text, setText] = useState('');
  const clicks = pages.some(({ to }) => to === '/clicks') ? clickSearches(text.trim(), isLoading) : [];
  const done = (action: () => unknown) => () => {
    onDone();
    void action();
  };
  return (
    <Command label="Search" filter={rank} className="text-sm">
      <Command.Input
        autoFocus
        value={text}
        onValueChange={setText}
        placeholder="Search campaigns, ads, clicks, pages…"
        className="control mb-2 h-10 w-full"
      />
      <Command.List className="max-h-[50dvh] overflow-y-auto">
        <Command.Empty className="py-6 text-center text-muted">No results.</Command.Empty>
        <Group heading="Pages">
          {pages.map(({ to, label, icon: Icon }) => (
            <Item key={to} value={label} onSelect={done(() => navigate({ to, search: keepView } as never))}>
              <Icon aria-hidden="true" />
              {label}
            </Item>
          ))}
        </Group>
        <Group heading="Campaigns">
          {campaigns.map(({ campaign_id: id, name }) => (
            <Item
              key={id}
              value={`campaign ${id}`}
              keywords={name ? [name] : []}
              onSelect={done(() =>
                navigate({
                  to: '/campaigns/$campaignId',
                  params: { campaignId: id },
                  search: keepView,
                } as never),
              )}
            >
              <Megaphone aria-hidden="true" />
              <Named id={id} name={name} />
            </Item>
          ))}
        </Group>
        <Group heading="Ads">
          {ads.map(({ ad_id: id, campaign_id: campaignId, name }) => (
            <Item
              key={`${campaignId} ${id}`}
              value={`ad ${id} ${campaignId}`}
              keywords={name ? [name] : []}
              onSelect={done(() =>
                navigate({
                  to: '/campaigns/$campaignId/ads/$adId',
                  params: { campaignId, adId: id },
                  search: keepView,
                } as never),
              )}
            >
              <Image aria-hidden="true" />
              <Named id={id} name={name} />
            </Item>
          ))}
        </Group>
        <Group heading="Filter by advertiser">
          {advertisers.map(({ advertiser_id: id, name }) => (
            <Item
              key={id}
              value={`advertiser ${id}`}
              keywords={name ? [name] : []}
              onSelect={done(() =>
                changeView(({ filters }) => ({ filters: withValue(filters, 'advertiser_id', id) })),
              )}
            >
              <Building2 aria-hidden="true" />
              <Named id={id} name={name} />
            </Item>
          ))}
        </Group>
        <Group heading="Time range">
          {PRESET_NAMES.map((preset) => (
            <Item
              key={preset}
              value={PRESETS[preset].label}
              onSelect={done(() => changeView({ choice: { preset } }))}
            >
              <CalendarRange aria-hidden="true" />
              {PRESETS[preset].label}
            </Item>
          ))}
        </Group>
        {clicks.length > 0 && (
          <Group heading="Clicks">
            {clicks.map(({ label, search }) => (
              <Item
                key={label}
                value={`${CLICKS_OF} ${text}`}
                onSelect={done(() =>
                  navigate({
                    to: '/clicks',
                    search: (before: Record<string, unknown>) => ({ ...carryView(before), ...search }),
                  } as never),
                )}
              >
                <MousePointerClick aria-hidden="true" />
                <span className="truncate" title={label}>
                  {label}
                </span>
              </Item>
            ))}
          </Group>
        )}
      </Command.List>
    </Command>
  );
}

/** How the value of every search for clicks begins. */
const CLICKS_OF = 'clicks of';
/** Below every page and entity that matches: any text may be a user's ID, so that this always matches. */
const rank = (value: string, search: string, keywords?: string[]): number =>
  value.startsWith(CLICKS_OF) ? Number.MIN_VALUE : defaultFilter(value, search, keywords);

/** What a text may be the id of, as searches of the click log: a click and an address are told by their form. */
function clickSearches(
  text: string,
  isLoading: boolean,
): { label: string; search: Record<string, string> }[] {
  if (text === '') return [];
  const id = text.toLowerCase();
  if (isClickId(text)) return [{ label: `Open click ${id}`, search: { click_id: id, click: id } }];
  if (isAddressHash(text)) return [{ label: `Clicks with IP hash ${id}`, search: { ip_hash: id } }];
  // The name of a campaign that is not loaded yet must not open the clicks of a user.
  if (isLoading) return [];
  return [{ label: `Clicks by user “${text}”`, search: { user_id: text } }];
}

const Group = ({ heading, children }: { heading: string; children: ReactNode }) => (
  <Command.Group
    heading={heading}
    className="mb-2 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
  >
    {children}
  </Command.Group>
);

const Item = (props: { value: string; keywords?: string[]; onSelect: () => void; children: ReactNode }) => (
  <Command.Item
    {...props}
    className="flex cursor-default items-center gap-2.5 rounded-md px-2 py-1.5 data-[selected=true]:bg-sunken [&_svg]:size-4 [&_svg]:text-muted"
  />
);

const Named = ({ id, name }: { id: string; name: string | null }) => (
  <>
    <span className="truncate" title={name ?? id}>
      {name ?? id}
    </span>
    {name && (
      <span className="truncate text-xs text-muted" title={id}>
        {id}
      </span>
    )}
  </>
);
