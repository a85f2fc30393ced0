import { Command } from 'cmdk';
import { Check } from 'lucide-react';
import { useMemo } from 'react';
import { cn } from '../lib/cn.js';
import { offsetName, zoneKeywords, zoneNames } from '../lib/zone-names.js';
import { serverNow } from '../state/now.js';
import { useChangeView, useView } from '../state/view.js';

/** Every word that was typed must be in a name, an older name or the offset. */
const matches = (name: string, search: string, keywords: string[] = []): number => {
  const text = `${name} ${keywords.join(' ')}`.toLowerCase();
  const words = search.toLowerCase().replaceAll(/[_/]/g, ' ').split(/\s+/);
  return words.every((word) => text.includes(word)) ? 1 : 0;
};

/** Every time zone with its offset, found by name, older name or offset. Loaded lazily, so it is the default export. */
export default function ZoneList({ onDone }: { onDone: () => void }) {
  const { zone } = useView();
  const changeView = useChangeView();
  const zones = useMemo(() => {
    const now = serverNow();
    return [...new Set([zone, ...zoneNames()])].map((name) => ({
      name,
      offset: offsetName(name, now),
      keywords: zoneKeywords(name, now),
    }));
  }, [zone]);
  return (
    <Command label="Time zone" filter={matches}>
      <Command.Input autoFocus placeholder="City, region or offset" className="control mb-2 w-full" />
      <Command.List className="max-h-72 overflow-y-auto">
        <Command.Empty className="py-6 text-center text-muted">No matching time zone.</Command.Empty>
        {zones.map(({ name, offset, keywords }) => (
          <Command.Item
            key={name}
            value={name}
            keywords={keywords}
            data-testid={`zone-${name}`}
            onSelect={() => {
              onDone();
              void changeView({ zone: name });
            }}
            className="flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 data-[selected=true]:bg-sunken"
          >
            <Check
              className={cn('size-4 shrink-0 text-accent', name !== zone && 'invisible')}
              aria-hidden="true"
            />
            <span className="min-w-0 flex-1 truncate" title={name}>
              {name.replaceAll('_', ' ')}
            </span>
            <span className="shrink-0 text-xs text-muted">{offset}</span>
          </Command.Item>
        ))}
      </Command.List>
    </Command>
  );
}
