import type { LoggedConversion } from '@clickledger/contract';
import { CircleCheck, CircleDashed, CircleSlash, Hourglass } from 'lucide-react';
import { nameAndId, useLabels } from '../../analytics/names.js';
import { cn } from '../../lib/cn.js';
import { datesOf } from '../../lib/dates.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { amountText, reasonHint, reasonLabel, STATUS_LABELS, sourceLabel } from './conversion-text.js';

interface Props {
  conversions: readonly LoggedConversion[];
  zone: string;
  /** Null: for somebody who may not read the details. */
  onOpen: ((conversionId: string) => void) | null;
}

/** Conversions as a table; a click anywhere on a row opens its details. Narrow screens show what matters most, in two lines. */
export function ConversionRows({ conversions, zone, onOpen }: Props) {
  const labelOf = useLabels();
  return (
    <ScrollArea label="Conversions, newest first">
      <table className="w-full table-fixed text-sm" data-testid="conversion-table">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-left *:px-2 *:pb-1.5 *:font-medium">
            <th scope="col" className="w-40">
              Time
            </th>
            <th scope="col" className="w-32 max-sm:w-auto">
              Action
            </th>
            <th scope="col" className="max-sm:hidden">
              Status
            </th>
            <th scope="col" className="max-lg:hidden">
              Campaign · ad
            </th>
            <th scope="col" className="w-36 max-xl:hidden">
              Order ID
            </th>
            <th scope="col" className="w-24 max-xl:hidden">
              Source
            </th>
            <th scope="col" className="w-28 text-right! max-sm:w-24">
              Value
            </th>
          </tr>
        </thead>
        <tbody>
          {conversions.map((one) => {
            const { campaign_id: campaignId, ad_id: adId } = one;
            const names = campaignId
              ? `${labelOf('campaign_id', campaignId)} · ${labelOf('ad_id', adId ?? '')}`
              : '';
            return (
              // The button is what keyboards and screen readers have; its click comes by here.
              <tr
                key={one.conversion_id}
                data-conversion={one.conversion_id}
                data-status={one.status}
                onClick={() => onOpen?.(one.conversion_id)}
                className={cn(
                  'border-b border-line last:border-0 *:h-10 *:truncate *:px-2 max-sm:*:h-14',
                  onOpen && 'cursor-pointer hover:bg-sunken',
                )}
              >
                <td>
                  <Time of={one} zone={zone} isButton={onOpen !== null} />
                  <span className="block truncate text-xs sm:hidden">
                    <ConversionStatus of={one} />
                  </span>
                </td>
                <td title={one.action}>{one.action}</td>
                <td className="max-sm:hidden">
                  <ConversionStatus of={one} />
                </td>
                <td className="max-lg:hidden" title={nameAndId(names, `${campaignId} · ${adId}`)}>
                  {names || <span className="text-muted">None</span>}
                </td>
                <td className="max-xl:hidden" title={one.order_id ?? undefined}>
                  {one.order_id ?? <span className="text-muted">None</span>}
                </td>
                <td className="max-xl:hidden">{sourceLabel(one.source ?? '')}</td>
                <td className="text-right font-medium">
                  {amountText(one.value_micros, one.currency) || <span className="text-muted">–</span>}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollArea>
  );
}

const LOOKS = {
  attributed: { icon: CircleCheck, look: 'text-good' },
  waiting: { icon: Hourglass, look: 'text-warn' },
  unattributed: { icon: CircleDashed, look: 'text-muted' },
  retracted: { icon: CircleSlash, look: 'text-muted line-through' },
} as const;

/** Where a conversion stands and, without a click, why. */
export function ConversionStatus({
  of: { status, reason },
}: {
  of: Pick<LoggedConversion, 'status' | 'reason'>;
}) {
  const { icon: Icon, look } = LOOKS[status];
  const why = status === 'unattributed' && reason !== null ? reasonLabel(reason) : null;
  const text = why === null ? STATUS_LABELS[status] : `${STATUS_LABELS[status]} · ${why}`;
  return (
    <span className={`inline-flex max-w-full items-center gap-1 ${look}`}>
      <Icon className="size-3.5 shrink-0" aria-hidden="true" />
      <span className="truncate" title={[text, reason && reasonHint(reason)].filter(Boolean).join('. ')}>
        {text}
      </span>
    </span>
  );
}

/** When it happened; the button of its row, where the row leads somewhere. */
function Time({ of, zone, isButton }: { of: LoggedConversion; zone: string; isButton: boolean }) {
  const dates = datesOf(zone);
  const ms = Date.parse(of.converted_at);
  const title = `${of.conversion_id}, converted ${dates.exact(ms)}`;
  const text = (
    <>
      <span className="max-sm:hidden">{dates.second(ms)}</span>
      <span className="sm:hidden">{dates.minute(ms)}</span>
    </>
  );
  if (!isButton) return <span title={title}>{text}</span>;
  return (
    <button type="button" title={title} className="min-h-6 rounded text-left">
      {text}
    </button>
  );
}
