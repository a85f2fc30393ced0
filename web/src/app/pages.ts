import {
  Activity,
  Fingerprint,
  FlaskConical,
  Gauge,
  LayoutDashboard,
  List,
  Megaphone,
  Receipt,
  ScrollText,
  ShieldAlert,
} from 'lucide-react';

/** The pages, in the order of the navigation. `key` after `g` goes there. */
export const PAGES = [
  { to: '/', label: 'Overview', key: 'o', icon: LayoutDashboard },
  { to: '/campaigns', label: 'Campaigns', key: 'c', icon: Megaphone },
  { to: '/live', label: 'Live', key: 'l', icon: Activity },
  { to: '/fraud', label: 'Fraud', key: 'f', icon: ShieldAlert },
  { to: '/clicks', label: 'Click log', key: 'k', icon: List },
  { to: '/billing', label: 'Billing', key: 'b', icon: Receipt },
  { to: '/audit', label: 'Audit log', key: 'a', icon: ScrollText },
  { to: '/privacy', label: 'Privacy', key: 'p', icon: Fingerprint },
  { to: '/test-clicks', label: 'Test clicks', key: 't', icon: FlaskConical },
  { to: '/system', label: 'System', key: 's', icon: Gauge },
] as const;
