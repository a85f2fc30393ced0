/** Systems that report conversions by postback, each with its own macros. */
export const NETWORKS = {
  other: 'Any network',
  voluum: 'Voluum',
  keitaro: 'Keitaro',
  binom: 'Binom',
} as const;
export type Network = keyof typeof NETWORKS;

/**
 * The parameters of a postback as a system fills them in, in its own macros. Sources: Voluum, traffic source postback URL; Keitaro, S2S
 * postback placeholders; Binom, traffic source postback.
 */
const PARAMETERS: Record<Network, string> = {
  other: 'cid={click_id}&et=sale&txid={order_id}&payout={value}',
  voluum: 'cid={externalid}&payout={payout}',
  keitaro: 'subid={external_id}&status={status}&tid={tid}&payout={revenue}',
  binom: 'cid={externalid}&cnv_status={cnv_status}&payout={payout}',
};

/** What stands for a secret that nobody can show again. */
export const SECRET = 'YOUR_SECRET';

/** The postback URL to put into a system; its amounts are in this currency. */
export const postbackUrl = (network: Network, origin: string, secret: string, currency: string): string =>
  `${origin}/postback?secret=${secret}&${PARAMETERS[network]}&currency=${network === 'binom' ? '{cnv_currency}' : currency}`;

/** A pixel for the page that people see after they convert. Its key may stand in a page: it can only send. */
export const pixelHtml = (origin: string, currency: string): string =>
  `<img src="${origin}/cv.gif?key=YOUR_KEY&amp;cid=CLICK_ID&amp;et=sale&amp;txid=ORDER_ID&amp;payout=VALUE&amp;currency=${currency}" width="1" height="1" alt="" />`;
