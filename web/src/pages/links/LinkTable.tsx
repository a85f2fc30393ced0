import { Link } from '@tanstack/react-router';
import { nameAndId, useLabels } from '../../analytics/names.js';
import { cn } from '../../lib/cn.js';
import { formatCount, formatShort } from '../../lib/format.js';
import { keepView } from '../../state/search.js';
import { useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { SortHeader } from '../../ui/SortHeader.js';
import { LinkStatus } from './LinkStatus.js';
import type { LinkRow } from './link-rows.js';
import { destinationText, linkUrl, shortUrl } from './link-url.js';

export const SORT_DEFAULT = 'created.desc';
interface Column {
  id: 'name' | 'ad' | 'status' | 'clicks' | 'conversions' | 'created';
  label: string;
  left?: true;
  className?: string;
}
const COLUMNS: readonly Column[] = [
  { id: 'name', label: 'Link', left: true },
  { id: 'ad', label: 'Campaign · ad', left: true, className: 'max-lg:hidden' },
  { id: 'status', label: 'Status', left: true, className: 'max-sm:hidden' },
  { id: 'clicks', label: 'Clicks' },
  { id: 'conversions', label: 'Conversions', className: 'max-sm:hidden' },
];

interface Props {
  rows: readonly LinkRow[];
  hasConversions: boolean;
}

/** The links in the order that is in the address. */
export function LinkTable({ rows, hasConversions }: Props) {
  const { zone } = useView();
  const [column, direction] = (useSearchText('sort') ?? SORT_DEFAULT).split('.');
  const change = useChangeSearch();
  const labelOf = useLabels();
  const sort = (id: string, left = false) => {
    const desc = id === column ? direction === 'asc' : !left;
    const next = `${id}.${desc ? 'desc' : 'asc'}`;
    void change({ sort: next === SORT_DEFAULT ? undefined : next }, { replace: true });
  };
  return (
    <ScrollArea label="Links, as a table">
      <table className="w-full text-sm" data-testid="link-table">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line *:px-2 *:pb-1.5 *:font-medium">
            {COLUMNS.filter(({ id }) => id !== 'conversions' || hasConversions).map(
              ({ id, label, left, className }) => (
                <SortHeader
                  key={id}
                  direction={id === column ? (direction === 'asc' ? 'asc' : 'desc') : null}
                  align={left ? 'left' : 'right'}
                  className={cn(className)}
                  onSort={() => sort(id, left)}
                >
                  {label}
                </SortHeader>
              ),
            )}
            <th scope="col">
              <span className="sr-only">Copy</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ link, name, figures }) => {
            const campaign = link.campaign_id === null ? 'Unknown' : labelOf('campaign_id', link.campaign_id);
            const ad = labelOf('ad_id', link.ad_id);
            return (
              <tr
                key={link.link_id}
                data-link={link.slug}
                className="border-b border-line last:border-0 hover:bg-sunken *:h-14 *:px-2"
              >
                <td className="w-1/2 max-w-0">
                  <Link
                    to="/links/$linkId"
                    params={{ linkId: link.link_id }}
                    search={keepView}
                    className="block rounded hover:underline"
                    title={`${nameAndId(name, shortUrl(link))} → ${destinationText(link)}`}
                  >
                    <span className="block truncate font-medium">{name}</span>
                    <span className="block truncate text-xs text-muted">
                      {shortUrl(link)} → {destinationText(link)}
                    </span>
                  </Link>
                </td>
                <td
                  className="max-w-64 truncate max-lg:hidden"
                  title={nameAndId(`${campaign} · ${ad}`, `${link.campaign_id} · ${link.ad_id}`)}
                >
                  {campaign} <span className="text-muted">· {ad}</span>
                </td>
                <td className="max-sm:hidden">
                  <LinkStatus link={link} zone={zone} />
                </td>
                <td className="text-right" title={formatCount(figures.clicks)}>
                  {formatShort(figures.clicks)}
                </td>
                {hasConversions && (
                  <td className="text-right max-sm:hidden" title={formatCount(figures.conversions)}>
                    {formatShort(figures.conversions)}
                  </td>
                )}
                <td className="w-0 text-right">
                  <CopyButton text={linkUrl(link)} what={`link ${name}`} isShort />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollArea>
  );
}
