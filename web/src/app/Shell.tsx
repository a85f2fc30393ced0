import { Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { useMe } from '../api/access.js';
import { useAccountCurrency } from '../api/settings.js';
import { useTestData } from '../state/test-data.js';
import { CommandPalette } from './CommandPalette.js';
import { DroppedNotice, useWholeAddress } from './DroppedNotice.js';
import { HelpDialog } from './HelpDialog.js';
import { MobileBar } from './MobileBar.js';
import { mayOpen } from './may.js';
import { OutageNotice } from './OutageNotice.js';
import { NoAccess } from './PageError.js';
import { ProtectedNotice } from './ProtectedNotice.js';
import { Sidebar } from './Sidebar.js';
import { useShortcuts } from './shortcuts.js';
import { TestDataNotice } from './TestDataNotice.js';

/** Seen before anybody is signed in, and so without what is around the others. */
const BARE_PATHS = new Set(['/sign-in', '/setup', '/invitation', '/reset']);

/** What is around every page; and nothing but signing in for those who have to. */
export function Shell() {
  const { pathname } = useLocation();
  const me = useMe();
  if (BARE_PATHS.has(pathname))
    return (
      <main id="main" className="px-4">
        <Outlet />
      </main>
    );
  if (me.data && !me.data.member) return <Navigate to="/sign-in" search={{} as never} />;
  // Until it is known who asks, nothing is asked on their behalf.
  if (!me.data)
    return (
      <p className="p-6 text-sm text-muted" role="status">
        Connecting…
      </p>
    );
  return <Framed isOpen={mayOpen(me.data.member, pathname)} />;
}

/** What is around every page: navigation, help, search. */
function Framed({ isOpen }: { isOpen: boolean }) {
  useShortcuts();
  useWholeAddress();
  const currency = useAccountCurrency();
  const isTestData = useTestData((state) => state.isOn);
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-surface px-3 py-2 focus:not-sr-only focus:absolute focus:left-2 focus:top-2"
      >
        Skip to the page
      </a>
      <Sidebar />
      <MobileBar />
      <div className="min-w-0">
        <ProtectedNotice />
        <TestDataNotice />
        <main id="main" tabIndex={-1} className="mx-auto max-w-[88rem] px-4 pt-5 pb-20 outline-none sm:px-6">
          <DroppedNotice />
          {/* Another currency writes every amount again; other data are other figures. */}
          {isOpen ? <Outlet key={`${currency} ${isTestData}`} /> : <NoAccess />}
        </main>
        <OutageNotice />
      </div>
      <CommandPalette />
      <HelpDialog />
    </div>
  );
}
