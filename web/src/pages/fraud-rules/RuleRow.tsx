import type { FraudSummaryReply, RuleSettings, RuleState, RulesReply } from '@clickledger/contract';
import { cn } from '../../lib/cn.js';
import { fieldLabel } from '../../lib/field-labels.js';
import { formatCount } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';
import { SeparatesNothing } from '../fraud/SeparatesNothing.js';
import { type EditableRule, numbersOf } from './rule-fields.js';

const STATES: Record<RuleState, string> = { on: 'On', shadow: 'Shadow', off: 'Off' };

interface Props {
  facts: RulesReply['rules'][number];
  settings: RuleSettings[EditableRule];
  isChanged: boolean;
  /** What the rule found lately; absent where it matched nothing, or reporting has not answered. */
  found: FraudSummaryReply['rules'][number] | undefined;
  /** Absent for a reader who may not change rules. */
  onChange: ((settings: RuleSettings[EditableRule]) => void) | undefined;
}

/** One rule: what it says, whether it runs, its numbers. */
export function RuleRow({ facts, settings, isChanged, found, onChange }: Props) {
  return (
    <li
      data-rule={facts.rule}
      className={cn(
        '-mx-4 grid gap-x-4 gap-y-2 border-l-2 border-transparent px-4 py-3 lg:grid-cols-[minmax(0,1fr)_auto]',
        isChanged && 'border-l-accent bg-accent-soft/40',
      )}
    >
      <div className="min-w-0">
        <p className="text-sm font-medium">
          {ruleLabel(facts.rule)}{' '}
          <span className="ml-1 text-xs font-normal text-muted">
            {facts.category} · {facts.strength}
          </span>
        </p>
        <p className="max-w-prose text-sm text-muted">{facts.says}</p>
        <SeparatesNothing rule={found} />
      </div>
      {onChange ? (
        <Inputs rule={facts.rule} settings={settings} onChange={onChange} />
      ) : (
        <Values settings={settings} />
      )}
    </li>
  );
}

/** A rule's settings as text. */
function Values({ settings }: { settings: RuleSettings[EditableRule] }) {
  const numbers = settings as unknown as Record<string, number>;
  return (
    <dl className="flex flex-wrap items-start gap-x-6 gap-y-1 text-sm">
      {numbersOf(settings).map((name) => (
        <div key={name}>
          <dt className="text-xs text-muted">{fieldLabel([name])}</dt>
          <dd>{formatCount(numbers[name] ?? 0)}</dd>
        </div>
      ))}
      <div className="w-16">
        <dt className="text-xs text-muted">State</dt>
        <dd>{STATES[settings.state]}</dd>
      </div>
    </dl>
  );
}

interface InputsProps {
  rule: string;
  settings: RuleSettings[EditableRule];
  onChange: (settings: RuleSettings[EditableRule]) => void;
}

function Inputs({ rule, settings, onChange }: InputsProps) {
  const numbers = settings as unknown as Record<string, number>;
  const label = ruleLabel(rule);
  return (
    <div className="flex flex-wrap items-end gap-3">
      {numbersOf(settings).map((name) => (
        <label key={name} className="text-xs text-muted">
          <span className="block">{fieldLabel([name])}</span>
          <input
            type="number"
            min={1}
            step={1}
            className="control mt-0.5 w-32"
            data-field={name}
            aria-label={`${label}: ${fieldLabel([name])}`}
            value={Number.isFinite(numbers[name]) ? numbers[name] : ''}
            onChange={({ target }) =>
              onChange({ ...settings, [name]: target.valueAsNumber } as typeof settings)
            }
          />
        </label>
      ))}
      <select
        className="control"
        aria-label={`${label}: state`}
        value={settings.state}
        onChange={({ target }) => onChange({ ...settings, state: target.value as RuleState })}
      >
        {Object.entries(STATES).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
