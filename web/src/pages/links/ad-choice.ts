import { ApiError, call } from '../../api/http.js';

/** The ad that was chosen for a link. What is new is set up before the link is. */
export interface ChosenAd {
  campaignId: string;
  isNewCampaign: boolean;
  /** Of a new campaign. */
  advertiserId: string;
  adId: string;
  isNewAd: boolean;
}

export const NO_AD: ChosenAd = {
  campaignId: '',
  isNewCampaign: false,
  advertiserId: '',
  adId: '',
  isNewAd: false,
};

/** What there is with an ID already; null when nothing is. To set it up again would replace what is said of it. */
async function existing<T>(look: Promise<T>): Promise<T | null> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Sets up a campaign and an ad that are new. Throws `ApiError`, and `RangeError` for an ID that is another's. */
export async function setUpAd({ campaignId, isNewCampaign, advertiserId, adId, isNewAd }: ChosenAd) {
  if (isNewCampaign) {
    const params = { campaign_id: campaignId };
    if (!(await existing(call('GET /api/v1/campaigns/:campaign_id', { params }))))
      await call('PUT /api/v1/campaigns/:campaign_id', { params, body: { advertiser_id: advertiserId } });
  }
  if (!isNewAd) return;
  const params = { ad_id: adId };
  const ad = await existing(call('GET /api/v1/ads/:ad_id', { params }));
  if (ad && ad.campaign_id !== campaignId)
    throw new RangeError(`Ad ${adId} is in campaign ${ad.campaign_id}. Choose another ID.`);
  if (!ad) await call('PUT /api/v1/ads/:ad_id', { params, body: { campaign_id: campaignId } });
}
