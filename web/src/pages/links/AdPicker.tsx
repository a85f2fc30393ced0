import { nameAndId } from '../../analytics/names.js';
import { useAds, useCampaigns } from '../../api/queries.js';
import { Field } from '../../ui/Field.js';
import { Select } from '../../ui/Select.js';
import type { ChosenAd } from './ad-choice.js';

const NEW = '+';

interface Props {
  chosen: ChosenAd;
  onChange: (chosen: ChosenAd) => void;
}

/** Chooses the ad that a link is of, by its campaign; both may be new. */
export function AdPicker({ chosen, onChange }: Props) {
  const campaigns = useCampaigns();
  const ads = useAds(chosen.campaignId, chosen.campaignId !== '' && !chosen.isNewCampaign);
  const all = campaigns.data?.data ?? [];
  const names = new Map(all.map(({ campaign_id: id, name }) => [id, nameAndId(name ?? id, id)]));
  const adNames = new Map(
    (ads.data?.data ?? []).map(({ ad_id: id, name }) => [id, nameAndId(name ?? id, id)]),
  );
  const textOf = (known: ReadonlyMap<string, string>, what: string) => (id: string) =>
    id === '' ? `Choose ${what}` : id === NEW ? `New ${what}…` : (known.get(id) ?? id);
  const sorted = (known: ReadonlyMap<string, string>) =>
    [...known].sort(([, a], [, b]) => a.localeCompare(b)).map(([id]) => id);
  const chooseCampaign = (id: string) =>
    onChange({
      campaignId: id === NEW ? '' : id,
      isNewCampaign: id === NEW,
      advertiserId: '',
      adId: '',
      isNewAd: id === NEW,
    });
  return (
    <div className="grid gap-3 sm:grid-cols-2" data-testid="ad-picker">
      <Select
        label="Campaign"
        options={['', ...sorted(names), NEW]}
        textOf={textOf(names, 'campaign')}
        value={chosen.isNewCampaign ? NEW : chosen.campaignId}
        onChange={chooseCampaign}
      />
      <Select
        label="Ad"
        options={chosen.isNewCampaign ? [NEW] : ['', ...sorted(adNames), NEW]}
        textOf={textOf(adNames, 'ad')}
        value={chosen.isNewAd ? NEW : chosen.adId}
        disabled={chosen.isNewCampaign || chosen.campaignId === ''}
        onChange={(id) => onChange({ ...chosen, adId: id === NEW ? '' : id, isNewAd: id === NEW })}
      />
      {chosen.isNewCampaign && (
        <>
          <Field
            label="Campaign ID"
            hint="Letters, digits, and dashes. It can’t be changed later."
            required
            value={chosen.campaignId}
            onChange={({ target }) => onChange({ ...chosen, campaignId: target.value })}
          />
          <Field
            label="Advertiser ID"
            hint="Who pays for the campaign."
            required
            value={chosen.advertiserId}
            onChange={({ target }) => onChange({ ...chosen, advertiserId: target.value })}
          />
        </>
      )}
      {chosen.isNewAd && (
        <Field
          label="Ad ID"
          required
          value={chosen.adId}
          onChange={({ target }) => onChange({ ...chosen, adId: target.value })}
        />
      )}
    </div>
  );
}
