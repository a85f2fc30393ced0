import { Link } from '@tanstack/react-router';
import { Keyboard, Search } from 'lucide-react';
import { Logo } from '../components/Logo.js';
import { Button } from '../ui/Button.js';
import { Account } from './Account.js';
import { HealthLight } from './HealthLight.js';
import { NavLinks } from './NavLinks.js';
import { useOverlay } from './overlay.js';
import { TestDataSwitch } from './TestDataSwitch.js';
import { ThemeMenu } from './ThemeMenu.js';

/** The navigation beside the page, from 1,024 pixels on. */
export function Sidebar() {
  const show = useOverlay((overlay) => overlay.show);
  return (
    <header className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-surface px-3 py-4 lg:flex">
      <Link to="/" className="mb-4 flex items-center gap-2.5 px-2 font-semibold tracking-tight">
        <Logo />
        ClickLedger
      </Link>
      <Button
        kind="plain"
        className="mb-4 w-full justify-start border-line text-muted"
        onClick={() => show('search')}
      >
        <Search aria-hidden="true" />
        <span className="mr-auto font-normal">Search</span>
        <kbd className="font-sans text-xs">/</kbd>
      </Button>
      <NavLinks />
      <div className="mt-auto">
        <TestDataSwitch />
        <Account />
        <div className="flex items-center gap-0.5">
          <HealthLight />
          <span className="mr-auto" />
          <ThemeMenu />
          <Button kind="quiet" size="icon" aria-label="Keyboard shortcuts" onClick={() => show('help')}>
            <Keyboard aria-hidden="true" />
          </Button>
        </div>
      </div>
    </header>
  );
}
