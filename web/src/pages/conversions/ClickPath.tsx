import type { ConversionStory } from '@clickledger/contract';
import { ShieldAlert } from 'lucide-react';
import { useLabels } from '../../analytics/names.js';
import { datesOf } from '../../lib/dates.js';
import { formatShare } from '../../lib/format.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { ClickLink } from './ConversionDetails.js';
import { amountText, MODEL_LABELS, shareText } from './conversion-text.js';

const MICROS = 1_000_000;

interface Props {
  path: ConversionStory['path'];
  currency: string;
  zone: string;
}

/** The clicks of a conversion, the oldest first, each with its share under every attribution model. */
export function ClickPath({ path, currency, zone }: Props) {
  const labelOf = useLabels();
  const dates = datesOf(zone);
  if (path === null)
    return <p className="text-warn">Reporting is temporarily unavailable. Try again in a moment.</p>;
  if (path.length === 0) return <p className="text-muted">No clicks.</p>;
  const models = Object.keys(MODEL_LABELS);
  return (
    <ScrollArea label="Clicks and their shares under each model" className="mx-0 px-0">
      <table className="w-full whitespace-nowrap text-sm" data-testid="click-path">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-right *:px-2 *:pb-1.5 *:font-medium">
            <th scope="col" className="text-left">
              Click
            </th>
            {models.map((model) => (
              <th key={model} scope="col">
                {MODEL_LABELS[model]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {path.map((click) => (
            <tr
              key={click.click_id}
              data-click={click.click_id}
              className="border-b border-line text-right last:border-0 *:px-2 *:py-1.5"
            >
              <th scope="row" className="text-left font-normal">
                <span className={click.is_attributed ? 'font-medium' : undefined}>
                  {dates.second(Date.parse(click.clicked_at))}
                </span>
                <span className="block max-w-56 truncate text-xs text-muted" title={click.campaign_id}>
                  {labelOf('campaign_id', click.campaign_id)} · {labelOf('ad_id', click.ad_id)}
                </span>
                <span className="block text-xs">
                  <ClickLink id={click.click_id} />
                </span>
              </th>
              {click.is_fraudulent ? (
                <td colSpan={models.length} className="text-crit">
                  <span className="inline-flex items-center gap-1">
                    <ShieldAlert className="size-3.5" aria-hidden="true" />
                    Invalid click, no share
                  </span>
                </td>
              ) : (
                models.map((model) => <Share key={model} of={click} model={model} currency={currency} />)
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

interface ShareProps {
  of: NonNullable<ConversionStory['path']>[number];
  model: string;
  currency: string;
}

function Share({ of: { shares }, model, currency }: ShareProps) {
  const share = shares.find((one) => one.model === model);
  if (!share || share.conversions_micros === 0) return <td className="text-muted">–</td>;
  return (
    <td title={`${share.conversions} conversions`}>
      {formatShare(share.conversions_micros / MICROS)}
      {currency !== '' && (
        <span className="block text-xs text-muted" title={amountText(share.value_micros, currency)}>
          {shareText(share.value_micros, currency)}
        </span>
      )}
    </td>
  );
}
