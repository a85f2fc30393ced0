import { RULES } from '@clickledger/contract';
import { ruleLabel } from '../../../lib/labels.js';
import { Button } from '../../../ui/Button.js';
import { BURST_RULES, type BurstRule } from './bursts.js';
import { useGenerator } from './store.js';

/** The rules that the run is to trigger, each by a burst of its own. */
export function BurstFields({ disabled }: { disabled: boolean }) {
  const { settings, setSettings } = useGenerator();
  const { bursts } = settings;
  const all = bursts.length === BURST_RULES.length;
  const toggle = (rule: BurstRule, on: boolean) =>
    setSettings({ bursts: BURST_RULES.filter((one) => (one === rule ? on : bursts.includes(one))) });
  return (
    <fieldset className="mt-4" disabled={disabled}>
      <legend className="mb-1.5 flex items-center gap-2 text-sm text-muted">Trigger rules</legend>
      <div className="grid grid-cols-1 gap-x-4 gap-y-1 sm:grid-cols-2 xl:grid-cols-5">
        {BURST_RULES.map((rule) => (
          <label
            key={rule}
            className="flex min-h-7 items-center gap-2 text-sm"
            title={RULES[rule].says}
            data-strength={RULES[rule].strength}
          >
            <input
              type="checkbox"
              className="size-4 accent-(--c-accent)"
              data-testid={`burst-${rule}`}
              checked={bursts.includes(rule)}
              onChange={({ target }) => toggle(rule, target.checked)}
            />
            {ruleLabel(rule)}
          </label>
        ))}
        <Button
          kind="quiet"
          size="small"
          className="justify-self-start"
          disabled={disabled}
          data-testid="bursts-all"
          onClick={() => setSettings({ bursts: all ? [] : [...BURST_RULES] })}
        >
          {all ? 'Clear' : 'Select all'}
        </Button>
      </div>
    </fieldset>
  );
}
