import { formatCount } from '../../../lib/format.js';
import { Button } from '../../../ui/Button.js';
import { BurstFields } from './BurstFields.js';
import { BurstResult } from './BurstResult.js';
import { Fields } from './Fields.js';
import {
  ADDRESS_CLICKS_PER_MINUTE_MAX,
  clampSettings,
  flaggedAtLeast,
  requestsOf,
  USER_CLICKS_PER_MINUTE_MAX,
} from './plan.js';
import { Result } from './Result.js';
import { useGenerator } from './store.js';

/** Sends made-up clicks through the public API, to see the system work. */
export function GeneratorPanel() {
  const { settings, phase, start, stop } = useGenerator();
  const running = phase === 'running' || phase === 'stopping';
  return (
    <>
      <section className="card p-4 sm:p-5" data-testid="generator" aria-labelledby="generator-title">
        <h2 id="generator-title" className="text-sm font-semibold">
          Made-up clicks
        </h2>
        <p className="mt-0.5 max-w-3xl text-sm text-muted">
          Of campaigns whose names begin with “demo-”, sent to this server’s API from this browser, one
          request a click. They are stored, counted and billed like real ones.
        </p>
        <form
          className="mt-4"
          onSubmit={(event) => {
            event.preventDefault();
            void start();
          }}
        >
          <div className="grid grid-cols-2 items-end gap-3 md:grid-cols-4 xl:grid-cols-5">
            <Fields disabled={running} />
          </div>
          <BurstFields disabled={running} />
          <FlagNotes />
          <div className="mt-4 flex flex-wrap items-center gap-3">
            <Button
              type="submit"
              kind="primary"
              className="min-w-24"
              data-testid="generator-start"
              disabled={running}
            >
              Start
            </Button>
            <Button
              className="min-w-24"
              data-testid="generator-stop"
              disabled={phase !== 'running'}
              onClick={stop}
            >
              Stop
            </Button>
            <span className="text-sm text-muted">
              {formatCount(requestsOf(settings))} requests
              {settings.bursts.length > 0 && ', and the bursts'}
            </span>
          </div>
        </form>
      </section>
      <Result />
      <BurstResult />
    </>
  );
}

/** Which clicks of the run the server will flag, and why. */
function FlagNotes() {
  const { settings } = useGenerator();
  const atLeast = flaggedAtLeast(settings);
  const { fraudPercent, addresses } = clampSettings(settings);
  return (
    <ul className="mt-3 max-w-3xl space-y-1 text-sm text-muted">
      {addresses === 'one' ? (
        <li>
          All come from this browser’s address, and clicks above {ADDRESS_CLICKS_PER_MINUTE_MAX} a minute from
          one address are flagged.
          {atLeast > 0 && (
            <span className="text-warn"> Of this run, at least {formatCount(atLeast)} will be.</span>
          )}
        </li>
      ) : (
        <li>
          Each request names a made-up address in <code>X-Forwarded-For</code>. The server believes it only if{' '}
          <code>TRUSTED_PROXIES</code> names this browser’s own, such as 127.0.0.1; otherwise all of them
          count as one address.
        </li>
      )}
      {fraudPercent > 0 && (
        <li>
          Clicks above {USER_CLICKS_PER_MINUTE_MAX} a minute from one user are flagged, too: the share from
          one user trips that rule.
        </li>
      )}
    </ul>
  );
}
