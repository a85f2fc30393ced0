import { create } from 'zustand';
import { setMoneyFormat } from '../lib/format.js';

/** The currency of the last visit, so that amounts do not change while a page loads. */
const STORED_AS = 'clickledger.currency';
const CURRENCY_DEFAULT = 'USD';

function stored(): string {
  try {
    const currency = localStorage.getItem(STORED_AS) ?? '';
    return /^[A-Z]{3}$/.test(currency) ? currency : CURRENCY_DEFAULT;
  } catch {
    return CURRENCY_DEFAULT; // storage is forbidden
  }
}

interface CurrencyState {
  /** ISO 4217 */
  currency: string;
  setCurrency(currency: string): void;
}

/** The currency of every amount on screen. */
export const useCurrency = create<CurrencyState>((set) => {
  const currency = stored();
  setMoneyFormat(currency);
  return {
    currency,
    setCurrency: (next) => {
      setMoneyFormat(next);
      set({ currency: next });
      try {
        localStorage.setItem(STORED_AS, next);
      } catch {
        // Known again when the server has answered.
      }
    },
  };
});
