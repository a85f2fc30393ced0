import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { keepView } from '../../state/search.js';

/** The way back from a campaign or an ad. */
export const BackToCampaigns = ({ children }: { children?: ReactNode }) => (
  <nav aria-label="Breadcrumb" className="flex items-center gap-1 text-sm text-muted">
    <Link to="/campaigns" search={keepView} className="py-0.5 hover:text-ink hover:underline">
      Campaigns
    </Link>
    {children}
  </nav>
);
