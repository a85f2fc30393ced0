import type { HealthReply, StatsReply } from '@clickledger/contract';
import { STORE_STATES, STORES } from '../../app/HealthLight.js';
import { formatMs } from '../../lib/format.js';
import { Panel } from '../../ui/Panel.js';
import { formatBytes } from './bytes.js';

/** What the system still does while a store is away. */
const WITHOUT: Record<(typeof STORES)[number][0], string> = {
  postgres: 'New clicks are refused until it is available. Senders must retry.',
  redis: 'Clicks are still counted once. Rate-based fraud rules are paused.',
  clickhouse: 'Clicks are still recorded. Figures are out of date and catch up later.',
};

interface Props {
  stats: StatsReply;
  health: (HealthReply & { accepting: boolean }) | undefined;
  failed: boolean;
}

/** Each store: whether it answers, what it holds, and what its absence means. */
export function Stores({ stats, health, failed }: Props) {
  const { storage } = stats;
  const holds: Record<(typeof STORES)[number][0], (string | null)[]> = {
    postgres: [formatBytes(storage.ledger_bytes), plural(storage.ledger_partitions, 'partition')],
    redis: [],
    clickhouse: [
      formatBytes(storage.analytics_bytes),
      plural(storage.analytics_parts, 'part'),
      stats.analytics_query_ms === null ? null : `test query ${formatMs(stats.analytics_query_ms)}`,
    ],
  };
  return (
    <Panel
      title="Data stores"
      testId="stores"
      actions={
        <span className="text-sm" data-testid="accepting">
          {failed || !health ? (
            <span className="text-muted">{failed ? 'Health unknown' : 'Checking…'}</span>
          ) : health.accepting ? (
            <span className="text-good">Accepting clicks</span>
          ) : (
            <span className="font-medium text-crit">Refusing clicks</span>
          )}
        </span>
      }
    >
      <ul className="divide-y divide-line text-sm">
        {STORES.map(([key, name, role]) => {
          const state = (failed ? undefined : health?.services[key]) ?? stats.stores[key];
          const away = state === 'error';
          return (
            <li key={key} className="flex items-start gap-3 py-2.5" data-store={key} data-state={state}>
              <span
                aria-hidden="true"
                className={`mt-1.5 size-2 shrink-0 rounded-full ${away ? 'bg-crit' : 'bg-good'}`}
              />
              <div className="min-w-0 flex-1">
                <p className="font-medium">
                  {name} <span className="font-normal text-muted">· {role}</span>
                </p>
                <p className={away ? 'text-crit' : 'text-muted'}>
                  {away ? WITHOUT[key] : holds[key].filter(Boolean).join(' · ')}
                </p>
              </div>
              <span className={STORE_STATES[state].text}>{STORE_STATES[state].label}</span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

const plural = (n: number | null, one: string) => (n === null ? null : `${n} ${one}${n === 1 ? '' : 's'}`);
