import type { LoggedClick } from '@clickledger/contract';
import { nameAndId, useLabels } from '../../analytics/names.js';
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

/** Clicks as a table; a click anywhere on a row opens its details. Narrow screens show what matters most, in two lines. */
export function ClickRows({ clicks, zone, label, testId, onOpen }: Props) {
  const dates = datesOf(zone);
  const labelOf = useLabels();
  return (
    <ScrollArea label={label}>
      {/* Of fixed widths, so that every column is in view: what is longer is cut, and whole on hover and in the details. */}
      <table className="w-full table-fixed text-sm" data-testid={testId}>
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-left *:px-2 *:pb-1.5 *:font-medium">
            <th scope="col" className="w-28 sm:w-40">
              Time
            </th>
            <th scope="col" className="w-36 max-sm:hidden">
              Verdict
            </th>
            <th scope="col">Campaign · ad</th>
            <th scope="col" className="w-24 max-md:hidden">
              User
            </th>
            <th scope="col" className="w-28 max-lg:hidden">
              Country
            </th>
            <th scope="col" className="w-44 max-xl:hidden">
              Device
            </th>
            <th scope="col" className="w-32 max-xl:hidden">
              Referrer
            </th>
            <th scope="col" className="w-16 text-right!">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {clicks.map((click) => {
            const campaign = labelOf('campaign_id', click.campaign_id);
            const ad = labelOf('ad_id', click.ad_id);
            const ids = `${click.campaign_id} · ${click.ad_id}`;
            return (
              // The button is what keyboards and screen readers have; its click comes by here. Nothing covers the cells, so
              // that their titles show.
              <tr
                key={click.click_id}
                data-click={click.click_id}
                data-flagged={click.is_fraudulent}
                onClick={() => onOpen(click.click_id)}
                className="cursor-pointer border-b border-line last:border-0 hover:bg-sunken *:h-9 *:truncate *:px-2 max-sm:*:h-14"
              >
                <td>
                  <button
                    type="button"
                    title={`${click.click_id}, clicked ${dates.exact(Date.parse(click.clicked_at))}, received ${dates.exact(Date.parse(click.received_at))}`}
                    className="min-h-6 rounded text-left"
                  >
                    <span className="max-sm:hidden">{dates.second(Date.parse(click.clicked_at))}</span>
                    <span className="sm:hidden">{dates.clock(Date.parse(click.clicked_at))}</span>
                  </button>
                  <span className="block truncate text-xs sm:hidden">
                    <Verdict click={click} />
                  </span>
                </td>
                <td className="max-sm:hidden">
                  <Verdict click={click} />
                </td>
                <td title={nameAndId(`${campaign} · ${ad}`, ids)}>
                  <span className="max-sm:block max-sm:truncate">{campaign}</span>
                  <span className="text-muted max-sm:block max-sm:truncate max-sm:text-xs">
                    <span className="max-sm:hidden">{' · '}</span>
                    {ad}
                  </span>
                </td>
                <td className="max-md:hidden" title={click.user_id ?? undefined}>
                  {click.user_id ?? <span className="text-muted">None</span>}
                </td>
                <td className="max-lg:hidden" title={countryName(click.country)}>
                  {countryName(click.country)}
                </td>
                <td className="max-xl:hidden" title={deviceOf(click)}>
                  {deviceOf(click)}
                </td>
                <td className="max-xl:hidden" title={click.referrer_host || undefined}>
                  {click.referrer_host || <span className="text-muted">None</span>}
                </td>
                <td
                  className={cn('text-right', click.is_fraudulent && 'text-muted line-through')}
                  title={click.is_fraudulent ? 'Not billed' : undefined}
                >
                  {formatPrice(click.cost_micros)}
                </td>
              </tr>
            );
          })}
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
