import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { Building2, CalendarRange, Megaphone } from 'lucide-react';
import type { ReactNode } from 'react';
import { useAdvertisers, useCampaigns } from '../api/queries.js';
import { withValue } from '../lib/filters.js';
import { PRESET_NAMES, PRESETS } from '../lib/range.js';
import { keepView } from '../state/search.js';
import { useChangeView } from '../state/view.js';
import { usePages } from './may.js';

/** Most campaigns and advertisers that are looked through: beyond it a list of them all is too slow to search in. */
const ENTITIES_MAX = 2_000;

/** What can be searched for, and what choosing it does. Loaded lazily, so it is the default export. */
export default function CommandList({ onDone }: { onDone: () => void }) {
  const navigate = useNavigate();
  const pages = usePages();
  const changeView = useChangeView();
  const campaigns = useCampaigns().data?.data.slice(0, ENTITIES_MAX) ?? [];
  const advertisers = useAdvertisers().data?.data.slice(0, ENTITIES_MAX) ?? [];
  const done = (action: () => unknown) => () => {
    onDone();
    void action();
  };
  return (
    <Command label="Search" className="text-sm">
      <Command.Input
        autoFocus
        placeholder="A page, a campaign, an advertiser, a range…"
        className="control mb-2 h-10 w-full"
      />
      <Command.List className="max-h-[50dvh] overflow-y-auto">
        <Command.Empty className="py-6 text-center text-muted">Nothing found.</Command.Empty>
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
      </Command.List>
    </Command>
  );
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
    <span className="truncate">{name ?? id}</span>
    {name && <span className="truncate text-xs text-muted">{id}</span>}
  </>
);
