const NAME = 'clickledger_click';
const DAY_MS = 86_400_000;

/** Where the click of a person is remembered, in storage of the page's own site. */
export interface ClickStore {
  keep(clickId: string): void;
  kept(): string | null;
}

const NOWHERE: ClickStore = { keep: () => undefined, kept: () => null };

/**
 * @param where `local` (until `days` are over), `session` (as long as the tab is open), `cookie` (the same time as `local`, also on other
 *   subdomains' pages of the same host), `none`
 */
export function storeOf(where: string, days: number): ClickStore {
  if (where === 'cookie')
    return {
      keep(clickId) {
        // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser.
        document.cookie = `${NAME}=${encodeURIComponent(clickId)};max-age=${days * 86_400};path=/;samesite=lax`;
      },
      kept() {
        const found = new RegExp(`(?:^|; )${NAME}=([^;]*)`).exec(document.cookie);
        return found?.[1] ? decodeURIComponent(found[1]) : null;
      },
    };
  if (where !== 'local' && where !== 'session') return NOWHERE;
  // Reading the storage itself throws where a browser blocks it.
  const storage = () => (where === 'local' ? localStorage : sessionStorage);
  return {
    keep(clickId) {
      try {
        storage().setItem(NAME, `${Date.now() + days * DAY_MS} ${clickId}`);
      } catch {
        // Blocked or full: the click is known on this page alone.
      }
    },
    kept() {
      try {
        const [until = '', clickId = ''] = (storage().getItem(NAME) ?? '').split(' ');
        return Number(until) > Date.now() && clickId ? clickId : null;
      } catch {
        return null;
      }
    },
  };
}
