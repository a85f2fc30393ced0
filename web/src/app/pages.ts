import type { Action } from '@clickledger/contract';
import {
  Activity,
  CircleCheckBig,
  Fingerprint,
  FlaskConical,
  Gauge,
  KeyRound,
  LayoutDashboard,
  Link2,
  List,
  type LucideIcon,
  Megaphone,
  Receipt,
  ScrollText,
  ShieldAlert,
  Users,
} from 'lucide-react';

/** The pages, in the order of the navigation. `key` after `g` goes there; `asks`: what it lives from, and so whose page it is (see may.ts). */
export const PAGES = [
  { to: '/', label: 'Overview', key: 'o', asks: 'GET /api/v1/analytics/aggregate', icon: LayoutDashboard },
  { to: '/campaigns', label: 'Campaigns', key: 'c', asks: 'GET /api/v1/campaigns', icon: Megaphone },
  { to: '/links', label: 'Links', key: 'n', asks: 'GET /api/v1/links', icon: Link2 },
  {
    to: '/conversions',
    label: 'Conversions',
    key: 'v',
    asks: 'GET /api/v1/conversions',
    icon: CircleCheckBig,
  },
  { to: '/live', label: 'Live', key: 'l', asks: 'GET /api/v1/live', icon: Activity },
  { to: '/fraud', label: 'Fraud', key: 'f', asks: 'GET /api/v1/fraud/summary', icon: ShieldAlert },
  { to: '/clicks', label: 'Click log', key: 'k', asks: 'GET /api/v1/clicks', icon: List },
  { to: '/billing', label: 'Billing', key: 'b', asks: 'GET /api/v1/billing/periods', icon: Receipt },
  { to: '/audit', label: 'Audit log', key: 'a', asks: 'GET /api/v1/admin/audit', icon: ScrollText },
  {
    to: '/privacy',
    label: 'Privacy',
    key: 'p',
    asks: 'POST /api/v1/admin/privacy/export',
    icon: Fingerprint,
  },
  { to: '/keys', label: 'API keys', key: 'y', asks: 'GET /api/v1/keys', icon: KeyRound },
  { to: '/members', label: 'Members', key: 'm', asks: 'GET /api/v1/members', icon: Users },
  { to: '/test-clicks', label: 'Test clicks', key: 't', asks: 'POST /api/v1/clicks', icon: FlaskConical },
  { to: '/system', label: 'System', key: 's', asks: 'GET /api/v1/admin/stats', icon: Gauge },
] as const satisfies readonly { to: string; label: string; key: string; asks: Action; icon: LucideIcon }[];

export type Page = (typeof PAGES)[number];

/** Pages below one of the navigation that ask for something else. */
const BELOW = [{ to: '/fraud/rules', asks: 'GET /api/v1/fraud/rules' }] as const;

/** The page that a path is of, the longest that it begins with; null: none that asks for anything. */
export function pageOf(pathname: string): { to: string; asks: Action } | null {
  const isOf = (to: string) => pathname === to || (to !== '/' && pathname.startsWith(`${to}/`));
  const found = [...BELOW, ...PAGES].filter(({ to }) => isOf(to));
  return found.toSorted((a, b) => b.to.length - a.to.length)[0] ?? null;
}
