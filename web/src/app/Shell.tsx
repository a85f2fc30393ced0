import { Outlet } from '@tanstack/react-router';
import { useAccountCurrency } from '../api/settings.js';
import { CommandPalette } from './CommandPalette.js';
import { HelpDialog } from './HelpDialog.js';
import { MobileBar } from './MobileBar.js';
import { OutageNotice } from './OutageNotice.js';
import { ProtectedNotice } from './ProtectedNotice.js';
import { Sidebar } from './Sidebar.js';
import { useShortcuts } from './shortcuts.js';

/** What is around every page: navigation, help, search. */
export function Shell() {
  useShortcuts();
  const currency = useAccountCurrency();
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
        <OutageNotice />
        <main id="main" tabIndex={-1} className="mx-auto max-w-[88rem] px-4 py-5 outline-none sm:px-6">
          {/* Another currency writes every amount anew. */}
          <Outlet key={currency} />
        </main>
      </div>
      <CommandPalette />
      <HelpDialog />
    </div>
  );
}
