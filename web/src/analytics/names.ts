import { useMemo } from 'react';
import { useAds, useAdvertisers, useCampaigns, useLinkNames } from '../api/queries.js';
import type { Dimension, Filter } from '../lib/filters.js';
import { valueLabel } from '../lib/labels.js';
import { useView } from '../state/view.js';

/** "Spring sale (spring)": what the title of a name that may be cut says; the id alone where there is no name. */
export const nameAndId = (name: string, id: string): string => (name === id ? id : `${name} (${id})`);

/** Whether any of the filters is of ads. */
export const namesAds = (filters: readonly Filter[]): boolean =>
  filters.some(({ dimension }) => dimension === 'ad_id');

/** Whether any of the filters is of links. */
export const namesLinks = (filters: readonly Filter[]): boolean =>
  filters.some(({ dimension }) => dimension === 'link_id');

/**
 * How a value of a dimension is called: the name somebody gave it, or the value itself made readable.
 *
 * @param hasAds false: no ad is called by it, and their names, which may be ten thousand, need not be read
 * @param hasLinks true: links are called by it
 */
export function useLabels(hasAds = true, hasLinks = false): (dimension: Dimension, value: string) => string {
  const { filters } = useView();
  const campaigns = useCampaigns().data?.data;
  const advertisers = useAdvertisers().data?.data;
  // Ads have too many names to read them all: those of the campaign in view are enough.
  const campaign = filters.find(({ dimension, not }) => dimension === 'campaign_id' && !not)?.values[0];
  const ads = useAds(campaign, hasAds).data?.data;
  const links = useLinkNames(hasLinks).data?.data;
  return useMemo(() => {
    const names = new Map<string, string>();
    for (const { campaign_id, name } of campaigns ?? [])
      if (name) names.set(`campaign_id ${campaign_id}`, name);
    for (const { advertiser_id, name } of advertisers ?? [])
      if (name) names.set(`advertiser_id ${advertiser_id}`, name);
    for (const { ad_id, name } of ads ?? []) if (name) names.set(`ad_id ${ad_id}`, name);
    for (const { link_id, name, slug } of links ?? []) names.set(`link_id ${link_id}`, name ?? slug);
    return (dimension, value) => names.get(`${dimension} ${value}`) ?? valueLabel(dimension, value);
  }, [campaigns, advertisers, ads, links]);
}
