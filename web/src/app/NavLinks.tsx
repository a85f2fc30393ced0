import { Link } from '@tanstack/react-router';
import { keepView } from '../state/search.js';
import { usePages } from './may.js';

/** Links to the pages. The range and the filters go along. */
export function NavLinks({ onFollow }: { onFollow?: () => void }) {
  const pages = usePages();
  return (
    <nav aria-label="Pages">
      <ul className="space-y-0.5">
        {pages.map(({ to, label, icon: Icon }) => (
          <li key={to}>
            <Link
              to={to}
              search={keepView}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              onClick={onFollow}
              data-testid={`nav-${to === '/' ? 'overview' : to.slice(1)}`}
              className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-ink lg:h-8"
            >
              <Icon className="size-4 shrink-0" aria-hidden="true" />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
