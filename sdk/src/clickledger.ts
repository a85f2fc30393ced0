import { type ClickStore, storeOf } from './click-store.js';

/** What a conversion was worth, and whose it is. Every field may be left out. */
export interface Conversion {
  /** Such as `'19.99'`. A number counts as its shortest decimal text. */
  value?: string | number;
  /** ISO 4217, such as `'EUR'`. Required with a value, unless the action has a default currency. */
  currency?: string;
  /** Unique within the action: the same order again is counted once. */
  orderId?: string;
  /** Your own ID of the person, as your clicks name them. Without a click ID it is required. */
  userId?: string;
}

/** `window.clickledger` */
export interface ClickLedger {
  /** The click that led here; null: none is known. */
  clickId(): string | null;
  /**
   * Reports a conversion. It survives the end of the page, and never throws.
   *
   * @param action such as `'sale'`
   * @returns false when there is nothing to attribute it to, neither a click nor a user: nothing is sent then
   */
  convert(action: string, conversion?: Conversion): boolean;
}

/** What a page may have put in the place of `window.clickledger` before this script was there: calls that are made up for. */
type Stub = { q?: [action: string, conversion?: Conversion][] };

declare global {
  interface Window {
    clickledger?: ClickLedger | Stub;
  }
}

/** Settings are attributes of the script: `<script src="https://clicks.example/clickledger.js" data-key="…">`. */
const script = document.currentScript as HTMLScriptElement;
const { key, parameter = 'click_id', storage = 'local', days = '30' } = script.dataset;
const url = `${new URL(script.src).origin}/api/v1/conversions${key ? `?key=${encodeURIComponent(key)}` : ''}`;

/** A person who asks not to be tracked (Global Privacy Control) is not remembered: their click is known on the page that they land on alone. */
const isPrivate = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
const store: ClickStore = storeOf(isPrivate ? 'none' : storage, Number(days));
const landed = new URLSearchParams(location.search).get(parameter);
if (landed) store.keep(landed);

function send(body: string): void {
  // As text/plain, no browser asks the server first.
  if (navigator.sendBeacon?.(url, body)) return;
  void fetch(url, { method: 'POST', body, keepalive: true, mode: 'no-cors', credentials: 'omit' }).catch(
    () => undefined,
  );
}

const clickledger: ClickLedger = {
  clickId: () => landed || store.kept(),
  convert(action, { value, currency, orderId, userId } = {}) {
    const clickId = clickledger.clickId();
    if (!clickId && !userId) return false;
    send(
      JSON.stringify({
        action,
        click_id: clickId ?? undefined,
        user_id: userId,
        order_id: orderId,
        value: value === undefined ? undefined : String(value),
        currency,
      }),
    );
    return true;
  },
};

const calls = (window.clickledger as Stub | undefined)?.q ?? [];
window.clickledger = clickledger;
for (const call of calls) clickledger.convert(...call);
