import { hasTestData, MODE_PARAMETER, type Mode } from '@clickledger/contract';
import { create } from 'zustand';

const STORED_AS = 'clickledger.test-data';

/** Per tab: another tab may show live data beside it. */
function stored(): boolean {
  try {
    return sessionStorage.getItem(STORED_AS) === 'on';
  } catch {
    return false; // storage is forbidden
  }
}

interface TestDataState {
  /** Whether pages show test data. */
  isOn: boolean;
  set(isOn: boolean): void;
}

/** Whether this tab shows test data or live data. To switch, use `useSwitchTestData`, which forgets the other's figures. */
export const useTestData = create<TestDataState>((set) => ({
  isOn: stored(),
  set: (isOn) => {
    set({ isOn });
    try {
      if (isOn) sessionStorage.setItem(STORED_AS, 'on');
      else sessionStorage.removeItem(STORED_AS);
    } catch {
      // Kept until the page is closed.
    }
  },
}));

/** The data that this tab shows. */
export const shownMode = (): Mode => (useTestData.getState().isOn ? 'test' : 'live');

/** A path of the API, with or without a query, as it asks for these data; by default for those that this tab shows. */
export function withMode(path: string, mode: Mode = shownMode()): string {
  const [pathname = ''] = path.split('?');
  if (mode === 'live' || !hasTestData(pathname)) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${MODE_PARAMETER}=${mode}`;
}
