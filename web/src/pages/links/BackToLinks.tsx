import { Link } from '@tanstack/react-router';
import { keepView } from '../../state/search.js';

/** The way back from a link. */
export const BackToLinks = () => (
  <nav aria-label="Breadcrumb" className="flex items-center gap-1 text-sm text-muted">
    <Link to="/links" search={keepView} className="py-0.5 hover:text-ink hover:underline">
      Links
    </Link>
  </nav>
);
