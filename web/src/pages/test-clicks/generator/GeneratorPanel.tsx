import { formatCount } from '../../../lib/format.js';
import { Button } from '../../../ui/Button.js';
import { BurstFields } from './BurstFields.js';
import { BurstResult } from './BurstResult.js';
import { Fields } from './Fields.js';
import { FlagNotes } from './FlagNotes.js';
import { requestsOf } from './plan.js';
import { Result } from './Result.js';
import { useGenerator } from './store.js';

/** Sends test traffic through the public API. */
export function GeneratorPanel() {
  const { settings, phase, start, stop } = useGenerator();
  const running = phase === 'running' || phase === 'stopping';
  return (
    <>
      <section className="card p-4 sm:p-5" data-testid="generator" aria-labelledby="generator-title">
        <h2 id="generator-title" className="text-sm font-semibold">
          Test traffic
        </h2>
        <p className="mt-0.5 max-w-3xl text-sm text-muted">
          Sent from this browser through the API as test data, one request per click. The fraud rules judge
          test clicks like real ones; they are in no live figure and on no bill.
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
              {settings.bursts.length > 0 && ' plus bursts'}
            </span>
          </div>
        </form>
      </section>
      <Result />
      <BurstResult />
    </>
  );
}
