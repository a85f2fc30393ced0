/**
 * Kinds of devices. `tv` is a television or a box for one, `other` what is none of these: watches, cars, speakers, frames. In a file
 * without a schema, so that the dashboard can check an address without loading zod.
 */
export const DEVICE_TYPES = ['mobile', 'desktop', 'tablet', 'tv', 'console', 'other'] as const;
export type DeviceType = (typeof DEVICE_TYPES)[number];

/**
 * Words of other systems: Google Analytics and Ads, Matomo, Adobe, OpenRTB in words, and libraries that read user agents. Without
 * case; spaces, `-` and `_` between words do not count.
 */
const WORDS: Record<DeviceType, string> = {
  mobile:
    'mobile mobiles phone phones smartphone smartphones mobilephone cellphone cell cellular featurephone handset phablet iphone highendmobile',
  desktop: 'desktop desktops pc computer computers personalcomputer laptop notebook',
  tablet: 'tablet tablets tabletpc ipad',
  tv: 'tv smarttv connectedtv ctv ott television settopbox stb googletv appletv firetv',
  console: 'console consoles gameconsole gamesconsole gamingconsole',
  other:
    'other wearable watch smartwatch embedded car carbrowser smartdisplay smartspeaker camera portablemediaplayer mediaplayer peripheral ereader xr vr connecteddevice',
};
const TYPES = new Map(
  DEVICE_TYPES.flatMap((type) => WORDS[type].split(' ').map((word) => [word, type] as const)),
);

/** The kind of device that a word means; undefined when it is none that is known. */
export function deviceTypeOf(word: string): DeviceType | undefined {
  return TYPES.get(word.toLowerCase().replace(/[\s_-]+/g, ''));
}
