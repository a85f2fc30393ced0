import type { LoggedClick } from '@clickledger/contract';
import { useLabels } from '../../analytics/names.js';
import { cn } from '../../lib/cn.js';
import { datesOf } from '../../lib/dates.js';
import { formatPrice } from '../../lib/format.js';
import { countryName, valueLabel } from '../../lib/labels.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { Verdict } from './Verdict.js';

interface Props {
  clicks: readonly LoggedClick[];
  zone: string;
  label: string;
  testId: string;
  onOpen: (clickId: string) => void;
}

/** Clicks as a table; a click on a row opens its story. Narrow screens show what matters most. */
export function ClickRows({ clicks, zone, label, testId, onOpen }: Props) {
  const dates = datesOf(zone);
  const labelOf = useLabels();
  return (
    <ScrollArea label={label}>
      <table className="w-full text-sm" data-testid={testId}>
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-left *:px-2 *:pb-1.5 *:font-medium">
            <th scope="col">Time</th>
            <th scope="col">Verdict</th>
            <th scope="col">Campaign · ad</th>
            <th scope="col" className="max-sm:hidden">
              User
            </th>
            <th scope="col" className="max-md:hidden">
              Country
            </th>
            <th scope="col" className="max-lg:hidden">
              Device
            </th>
            <th scope="col" className="max-xl:hidden">
              Referrer
            </th>
            <th scope="col" className="text-right! max-sm:hidden">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {clicks.map((click) => (
            <tr
              key={click.click_id}
              data-click={click.click_id}
              data-flagged={click.is_fraudulent}
              className="relative border-b border-line last:border-0 hover:bg-sunken *:h-9 *:px-2 max-sm:*:h-12"
            >
              <td className="whitespace-nowrap">
                <button
                  type="button"
                  title={`${click.click_id}, received ${dates.exact(Date.parse(click.received_at))}`}
                  className="rounded text-left after:absolute after:inset-0"
                  onClick={() => onOpen(click.click_id)}
                >
                  <span className="max-sm:hidden">{dates.exact(Date.parse(click.clicked_at))}</span>
                  <span className="sm:hidden">{dates.clock(Date.parse(click.clicked_at))}</span>
                </button>
              </td>
              <td>
                <Verdict click={click} />
              </td>
              <td className="max-w-56 truncate max-sm:w-full max-sm:max-w-0">
                <span className="max-sm:block max-sm:truncate" title={click.campaign_id}>
                  {labelOf('campaign_id', click.campaign_id)}
                </span>
                <span className="text-muted max-sm:block max-sm:truncate max-sm:text-xs" title={click.ad_id}>
                  <span className="max-sm:hidden">{' · '}</span>
                  {labelOf('ad_id', click.ad_id)}
                </span>
              </td>
              <td className="max-w-40 truncate max-sm:hidden" title={click.user_id ?? undefined}>
                {click.user_id ?? <span className="text-muted">None</span>}
              </td>
              <td className="max-w-32 truncate max-md:hidden">{countryName(click.country)}</td>
              <td className="max-w-56 truncate max-lg:hidden">{deviceOf(click)}</td>
              <td className="max-w-40 truncate max-xl:hidden" title={click.referrer_host}>
                {click.referrer_host || <span className="text-muted">None</span>}
              </td>
              <td
                className={cn('text-right max-sm:hidden', click.is_fraudulent && 'text-muted line-through')}
                title={click.is_fraudulent ? 'Not billed' : undefined}
              >
                {formatPrice(click.cost_micros)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** "Mobile · iOS · Safari"; what is unknown is left out. */
function deviceOf(click: LoggedClick): string {
  const parts = [click.device_type && valueLabel('device_type', click.device_type), click.os, click.browser];
  return parts.filter(Boolean).join(' · ') || 'Unknown';
}
