import { formatCount } from '../../../lib/format.js';
import { Button } from '../../../ui/Button.js';
import {
  ADDRESS_CLICKS_PER_MINUTE_MAX,
  clampSettings,
  flaggedAtLeast,
  GENERATOR_LIMITS,
  type GeneratorSettings,
  USER_CLICKS_PER_MINUTE_MAX,
} from './plan.js';
import type { Progress } from './run.js';
import { useGenerator } from './store.js';

const FIELDS: readonly { name: keyof GeneratorSettings; label: string }[] = [
  { name: 'clicks', label: 'Clicks to send' },
  { name: 'ratePerSecond', label: 'Clicks a second' },
  { name: 'duplicatePercent', label: 'Repeats, %' },
  { name: 'fraudPercent', label: 'From one user, %' },
];

/** Sends made-up clicks through the public API, to see the system work. */
export function GeneratorPanel() {
  const { settings, setSettings, phase, start, stop } = useGenerator();
  const running = phase === 'running' || phase === 'stopping';
  return (
    <section
      id="generator"
      className="card p-4 sm:p-5"
      data-testid="generator"
      aria-labelledby="generator-title"
    >
      <div className="flex items-start justify-between gap-4">
        <div>
          <h2 id="generator-title" className="text-sm font-semibold">
            Made-up clicks
          </h2>
          <p className="mt-0.5 text-sm text-muted">
            Of campaigns whose names begin with “demo-”, sent to this server’s API from this browser. They are
            stored like real ones.
          </p>
        </div>
      </div>
      <form
        className="mt-4 grid grid-cols-2 items-end gap-3 sm:flex sm:flex-wrap"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        {FIELDS.map(({ name, label }) => (
          <NumberField
            key={name}
            name={name}
            label={label}
            value={settings[name]}
            disabled={running}
            onChange={(value) => setSettings({ [name]: value })}
          />
        ))}
        <Button
          type="submit"
          kind="primary"
          className="sm:min-w-24"
          data-testid="generator-start"
          disabled={running}
        >
          Start
        </Button>
        <Button
          className="sm:min-w-24"
          data-testid="generator-stop"
          disabled={phase !== 'running'}
          onClick={stop}
        >
          Stop
        </Button>
      </form>
      <FlagNote settings={settings} />
      <Result />
    </section>
  );
}

interface NumberFieldProps {
  name: keyof GeneratorSettings;
  label: string;
  value: number;
  disabled: boolean;
  onChange: (value: number) => void;
}

function NumberField({ name, label, value, disabled, onChange }: NumberFieldProps) {
  const { min, max } = GENERATOR_LIMITS[name];
  return (
    <label className="flex flex-col gap-1 text-sm text-muted">
      {label}
      <input
        type="number"
        className="control w-full disabled:opacity-60 sm:w-36"
        data-testid={`generator-${name}`}
        min={min}
        max={max}
        step={1}
        required
        disabled={disabled}
        value={Number.isNaN(value) ? '' : value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </label>
  );
}

/** Which clicks of the run the server will flag, and why. */
function FlagNote({ settings }: { settings: GeneratorSettings }) {
  const atLeast = flaggedAtLeast(settings);
  const { fraudPercent } = clampSettings(settings);
  return (
    <div className="mt-3 space-y-1 text-sm text-muted">
      <p>
        All of them come from one address, this browser’s, and the server flags clicks above{' '}
        {ADDRESS_CLICKS_PER_MINUTE_MAX} a minute from one address: send fewer to see clean clicks.
      </p>
      {fraudPercent > 0 && (
        <p>
          The share from one user trips the user rule: of those, clicks above {USER_CLICKS_PER_MINUTE_MAX} a
          minute are flagged.
        </p>
      )}
      {atLeast > 0 && (
        <p className="text-warn">
          Of this run, at least {formatCount(atLeast)} clicks will be flagged by the address rule.
        </p>
      )}
    </div>
  );
}

const OUTCOMES: readonly { name: Exclude<keyof Progress, 'total' | 'sent'>; label: string }[] = [
  { name: 'accepted', label: 'accepted' },
  { name: 'duplicates', label: 'duplicates' },
  { name: 'flagged', label: 'flagged' },
  { name: 'failed', label: 'failed' },
];

/** Progress of the run, and what came of it. */
function Result() {
  const { phase, progress, elapsedMs, lastError } = useGenerator();
  if (phase === 'idle') return null;
  const seconds = elapsedMs / 1_000;
  const words = { running: 'Sending…', stopping: 'Stopping…', stopped: 'Stopped.', finished: 'Done.' }[phase];
  return (
    <div className="mt-4 border-t border-line pt-4 text-sm">
      <progress
        className="block h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
        value={progress.sent}
        max={Math.max(1, progress.total)}
        aria-label="Clicks sent"
      />
      <p
        className="mt-2 flex flex-wrap gap-x-4 gap-y-1"
        data-testid="generator-result"
        data-phase={phase}
        data-sent={progress.sent}
        data-accepted={progress.accepted}
        data-duplicates={progress.duplicates}
        data-flagged={progress.flagged}
        data-failed={progress.failed}
        role="status"
      >
        <strong className="font-semibold">{words}</strong>
        <span>
          {formatCount(progress.sent)} of {formatCount(progress.total)} sent
          {seconds > 0 && ` in ${seconds.toFixed(1)} s`}
        </span>
        {OUTCOMES.map(({ name, label }) => (
          <span key={name} className={name === 'failed' && progress.failed > 0 ? 'text-crit' : 'text-muted'}>
            {formatCount(progress[name])} {label}
          </span>
        ))}
      </p>
      {lastError && <p className="mt-1 text-crit">Last error: {lastError}</p>}
    </div>
  );
}
