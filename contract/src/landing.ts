/** Ids that ad platforms and networks append to the links they show: Google, Meta, Microsoft, TikTok, LinkedIn. */
export const PLATFORM_CLICK_IDS = [
  'gclid',
  'gbraid',
  'wbraid',
  'fbclid',
  'msclkid',
  'ttclid',
  'li_fat_id',
] as const;

/** What whoever places a link says of the campaign. */
export const CAMPAIGN_PARAMETERS = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'sub1',
  'sub2',
  'sub3',
  'sub4',
  'sub5',
] as const;

/** Query parameters of a link that are stored with its clicks. */
export const LANDING_PARAMETERS = [...PLATFORM_CLICK_IDS, ...CAMPAIGN_PARAMETERS] as const;
export type LandingParameter = (typeof LANDING_PARAMETERS)[number];

/** What clicks can be grouped and filtered by as well, at the cost of reading them one by one: no rollup has it. */
export const LANDING_DIMENSIONS = ['link_id', ...CAMPAIGN_PARAMETERS] as const;
export type LandingDimension = (typeof LANDING_DIMENSIONS)[number];
