import type { StatsReply, StoreState } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';
import { useHealth, useStats } from '../api/queries.js';
import { cn } from '../lib/cn.js';
import { formatCount, formatSeconds } from '../lib/format.js';
import { useMay } from './may.js';

type Light = 'healthy' | 'degraded' | 'down' | 'unknown';

const LIGHTS: Record<Light, { label: string; dot: string }> = {
  healthy: { label: 'Healthy', dot: 'bg-good' },
  degraded: { label: 'Degraded', dot: 'bg-warn' },
  down: { label: 'Down', dot: 'bg-crit' },
  unknown: { label: 'Checking', dot: 'bg-control' },
};

export const STORES = [
  ['postgres', 'PostgreSQL', 'ledger'],
  ['redis', 'Redis', 'duplicate check'],
  ['clickhouse', 'ClickHouse', 'reporting'],
] as const;

export const STORE_STATES: Record<StoreState, { label: string; text: string }> = {
  connected: { label: 'Connected', text: 'text-good' },
  embedded: { label: 'Embedded', text: 'text-good' },
  error: { label: 'Unavailable', text: 'text-crit' },
};

/** A light that sums up the server's health; a click shows the details. */
export function HealthLight() {
  const health = useHealth();
  const stats = useStats();
  const maySeeSystem = useMay('GET /api/v1/admin/stats');
  const light: Light = health.isError ? 'down' : (health.data?.status ?? 'unknown');
  return (
    <Popover.Root>
      <Popover.Trigger
        className="flex h-8 items-center gap-2 rounded-md px-2 text-sm text-muted hover:bg-sunken hover:text-ink"
        data-testid="health-light"
        data-status={light}
      >
        <span className={cn('size-2 rounded-full', LIGHTS[light].dot)} aria-hidden="true" />
        <span aria-live="polite">{LIGHTS[light].label}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Health"
          data-testid="health-details"
          className="z-50 w-72 rounded-xl border border-line bg-raised p-4 text-sm text-ink shadow-lg outline-none"
        >
          {health.isError && (
            <p className="mb-2 text-crit">Can’t reach the server. Figures on this page may be out of date.</p>
          )}
          {!health.isError && health.data && !health.data.accepting && (
            <p className="mb-2 text-crit">
              New clicks are being refused until a data store is available again.
            </p>
          )}
          {health.data && !health.isError && (
            <dl className="space-y-1.5">
              {STORES.map(([key, name, role]) => {
                const state = STORE_STATES[health.data.services[key]];
                return (
                  <Line key={key} label={`${name} (${role})`}>
                    <span className={state.text}>{state.label}</span>
                  </Line>
                );
              })}
            </dl>
          )}
          {stats.data && !stats.isError && <StatsLines stats={stats.data} />}
          {stats.isError && <p className="mt-2 text-muted">Pipeline metrics are unavailable.</p>}
          {maySeeSystem && (
            <Popover.Close asChild>
              <Link to="/system" className="mt-3 inline-block text-accent underline underline-offset-2">
                View system status
              </Link>
            </Popover.Close>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-muted">{label}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}

/** How far reporting is behind the ledger. */
function StatsLines({ stats }: { stats: StatsReply }) {
  return (
    <dl className="mt-3 space-y-1.5 border-t border-line pt-3">
      <Line label="Clicks in the ledger">{formatCount(stats.ledger.clicks)}</Line>
      <Line label="Pending">
        {formatCount(stats.lag.rows)}
        {stats.lag.rows > 0 && `, ${formatSeconds(stats.lag.seconds)}`}
      </Line>
      {stats.set_aside > 0 && (
        <Line label="Dead letters">
          <span className="text-crit">{formatCount(stats.set_aside)}</span>
        </Line>
      )}
      <Line label="Clicks per second">{formatCount(Math.round(stats.throughput.clicks_per_second))}</Line>
      <Line label="Version">{stats.version}</Line>
    </dl>
  );
}
