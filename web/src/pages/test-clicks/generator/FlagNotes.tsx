import { formatCount } from '../../../lib/format.js';
import { ruleLabel } from '../../../lib/labels.js';
import { ErrorNote } from '../../../ui/ErrorNote.js';
import { useRules } from '../../fraud-rules/queries.js';
import { clampSettings, flaggedAtLeast } from './plan.js';
import { useGenerator } from './store.js';

const span = (seconds: number) => (seconds === 60 ? 'per minute' : `in ${seconds} s`);

/** Which clicks of the run the rules in force will flag, and why. */
export function FlagNotes() {
  const { settings } = useGenerator();
  const rules = useRules();
  const { fraudPercent, addresses } = clampSettings(settings);
  if (rules.isError) return <ErrorNote error={rules.error} what="Rules" retry={() => void rules.refetch()} />;
  if (!rules.data) return null;
  const { velocity_ip: byIp, velocity_user: byUser } = rules.data.settings;
  const atLeast = flaggedAtLeast(settings, byIp);
  return (
    <ul className="mt-3 max-w-3xl space-y-1 text-sm text-muted" data-testid="flag-notes">
      {addresses === 'one' ? (
        <li>
          All clicks come from this browser’s IP.{' '}
          {byIp.state === 'on'
            ? `More than ${formatCount(byIp.count_max)} ${span(byIp.window_seconds)} are flagged (${ruleLabel('velocity_ip')}).`
            : `The rule ${ruleLabel('velocity_ip')} is ${byIp.state === 'off' ? 'off' : 'in shadow'}.`}
          {atLeast > 0 && (
            <span className="text-warn">
              {' '}
              At least {formatCount(atLeast)} clicks of this run will be flagged.
            </span>
          )}
        </li>
      ) : (
        <li>
          Each request sends a simulated IP in <code>X-Forwarded-For</code>. The server accepts it only if{' '}
          <code>TRUSTED_PROXIES</code> includes this browser’s IP, such as 127.0.0.1. Otherwise all clicks
          count as one IP.
        </li>
      )}
      {fraudPercent > 0 && byUser.state === 'on' && (
        <li>
          More than {formatCount(byUser.count_max)} clicks {span(byUser.window_seconds)} from one user are
          flagged ({ruleLabel('velocity_user')}).
        </li>
      )}
    </ul>
  );
}
