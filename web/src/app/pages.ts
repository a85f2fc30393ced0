import {
  Activity,
  Fingerprint,
  FlaskConical,
  Gauge,
  KeyRound,
  LayoutDashboard,
  List,
  Megaphone,
  Receipt,
  ScrollText,
  ShieldAlert,
  Users,
} from 'lucide-react';

/** The pages, in the order of the navigation. `key` after `g` goes there; `needs`: for whom it is any use (see who.ts). */
export const PAGES = [
  { to: '/', label: 'Overview', key: 'o', needs: 'anybody', icon: LayoutDashboard },
  { to: '/campaigns', label: 'Campaigns', key: 'c', needs: 'anybody', icon: Megaphone },
  { to: '/live', label: 'Live', key: 'l', needs: 'read', icon: Activity },
  { to: '/fraud', label: 'Fraud', key: 'f', needs: 'read', icon: ShieldAlert },
  { to: '/clicks', label: 'Click log', key: 'k', needs: 'read', icon: List },
  { to: '/billing', label: 'Billing', key: 'b', needs: 'read', icon: Receipt },
  { to: '/audit', label: 'Audit log', key: 'a', needs: 'read', icon: ScrollText },
  { to: '/privacy', label: 'Privacy', key: 'p', needs: 'admin', icon: Fingerprint },
  { to: '/keys', label: 'API keys', key: 'y', needs: 'admin', icon: KeyRound },
  { to: '/members', label: 'Members', key: 'm', needs: 'admin', icon: Users },
  { to: '/test-clicks', label: 'Test clicks', key: 't', needs: 'admin', icon: FlaskConical },
  { to: '/system', label: 'System', key: 's', needs: 'operator', icon: Gauge },
] as const;

export type Page = (typeof PAGES)[number];
