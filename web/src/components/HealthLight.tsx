import type { StatsReply, StoreState } from '@clickledger/contract';
import { useState } from 'react';
import { useHealth, useStats } from '../api/queries.js';
import { formatCount, formatSeconds } from '../lib/format.js';

type Light = 'healthy' | 'degraded' | 'down' | 'unknown';

const LIGHTS: Record<Light, { label: string; dot: string }> = {
  healthy: { label: 'Healthy', dot: 'bg-good' },
  degraded: { label: 'Degraded', dot: 'bg-warn' },
  down: { label: 'Down', dot: 'bg-crit' },
  unknown: { label: 'Checking…', dot: 'bg-control' },
};

const STORES = [
  ['postgres', 'PostgreSQL', 'ledger'],
  ['redis', 'Redis', 'guard'],
  ['clickhouse', 'ClickHouse', 'analytics'],
] as const;

const STORE_STATES: Record<StoreState, { label: string; text: string }> = {
  connected: { label: 'Connected', text: 'text-good' },
  embedded: { label: 'Embedded', text: 'text-good' },
  error: { label: 'Error', text: 'text-crit' },
};

/** A light that sums up the server's health; its details show on hover, focus or click. */
export function HealthLight() {
  const health = useHealth();
  const stats = useStats();
  const [hovered, setHovered] = useState(false);
  const [pinned, setPinned] = useState(false);
  const shown = hovered || pinned;
  const light: Light = health.isError ? 'down' : (health.data?.status ?? 'unknown');
  const close = () => {
    setHovered(false);
    setPinned(false);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only shows early what the button inside shows.
    <div
      className="relative"
      onPointerEnter={(event) => event.pointerType === 'mouse' && setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onKeyDown={(event) => event.key === 'Escape' && close()}
      onBlur={close}
    >
      <button
        type="button"
        className="flex h-9 items-center gap-2 rounded-md px-2 text-sm hover:bg-sunken"
        data-testid="health-light"
        data-status={light}
        aria-expanded={shown}
        aria-controls="health-details"
        onFocus={(event) => event.target.matches(':focus-visible') && setPinned(true)}
        onClick={() => setPinned(!pinned)}
      >
        <span className={`size-2.5 rounded-full ${LIGHTS[light].dot}`} aria-hidden="true" />
        <span aria-live="polite">{LIGHTS[light].label}</span>
      </button>
      {shown && (
        <div
          id="health-details"
          data-testid="health-details"
          className="card absolute right-0 top-full z-20 w-72 p-4 text-sm shadow-lg max-sm:-right-28"
        >
          {health.isError && (
            <p className="mb-2 text-crit">The server can’t be reached. Figures on this page may be stale.</p>
          )}
          {!health.isError && health.data && !health.data.accepting && (
            <p className="mb-2 text-crit">New clicks are being refused until a store is back.</p>
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
          {stats.isError && <p className="mt-2 text-muted">No figures of the click path now.</p>}
        </div>
      )}
    </div>
  );
}

function Line({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-muted">{label}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}

/** How far analytics is behind the ledger. */
function StatsLines({ stats }: { stats: StatsReply }) {
  return (
    <dl className="mt-3 space-y-1.5 border-t border-line pt-3">
      <Line label="Clicks in the ledger">{formatCount(stats.ledger.clicks)}</Line>
      <Line label="Clicks in analytics">{formatCount(stats.analytics.clicks)}</Line>
      <Line label="Waiting to be counted">
        {formatCount(stats.lag.rows)}
        {stats.lag.rows > 0 && `, ${formatSeconds(stats.lag.seconds)}`}
      </Line>
      {stats.set_aside > 0 && (
        <Line label="Set aside for replay">
          <span className="text-crit">{formatCount(stats.set_aside)}</span>
        </Line>
      )}
      <Line label="Clicks a second">{stats.throughput.clicks_per_second.toFixed(1)}</Line>
      <Line label="Version">{stats.version}</Line>
    </dl>
  );
}
