import { Link } from '@tanstack/react-router';
import { Menu as MenuIcon, Search } from 'lucide-react';
import { useState } from 'react';
import { Logo } from '../components/Logo.js';
import { Button } from '../ui/Button.js';
import { Dialog } from '../ui/Dialog.js';
import { Account } from './Account.js';
import { HealthLight } from './HealthLight.js';
import { NavLinks } from './NavLinks.js';
import { useOverlay } from './overlay.js';
import { TestDataSwitch } from './TestDataSwitch.js';
import { ThemeMenu } from './ThemeMenu.js';

/** The bar above the page on small screens. */
export function MobileBar() {
  const [open, setOpen] = useState(false);
  const show = useOverlay((overlay) => overlay.show);
  return (
    <header className="sticky top-0 z-30 flex items-center gap-1 border-b border-line bg-surface px-3 py-2 lg:hidden">
      <Link to="/" className="mr-auto flex items-center gap-2 font-semibold tracking-tight">
        <Logo />
        ClickLedger
      </Link>
      <HealthLight />
      <Button kind="quiet" size="icon" aria-label="Search" onClick={() => show('search')}>
        <Search aria-hidden="true" />
      </Button>
      <Button kind="quiet" size="icon" aria-label="Pages" data-testid="menu" onClick={() => setOpen(true)}>
        <MenuIcon aria-hidden="true" />
      </Button>
      <Dialog title="Pages" open={open} onClose={() => setOpen(false)} className="mt-14">
        <NavLinks onFollow={() => setOpen(false)} />
        <div className="mt-3">
          <TestDataSwitch />
          <Account />
        </div>
        <div className="mt-3 flex items-center justify-between border-t border-line pt-3 text-sm text-muted">
          Theme
          <ThemeMenu />
        </div>
      </Dialog>
    </header>
  );
}
