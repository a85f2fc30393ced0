import type { RuleSettings, RuleState, RulesReply } from '@clickledger/contract';
import { cn } from '../../lib/cn.js';
import { ruleLabel } from '../../lib/labels.js';
import { type EditableRule, FIELD_LABELS, numbersOf } from './rule-fields.js';

const STATES: Record<RuleState, string> = { on: 'On', shadow: 'Shadow', off: 'Off' };

interface Props {
  facts: RulesReply['rules'][number];
  settings: RuleSettings[EditableRule];
  isChanged: boolean;
  onChange: (settings: RuleSettings[EditableRule]) => void;
}

/** One rule: what it says, whether it runs, its numbers. */
export function RuleRow({ facts, settings, isChanged, onChange }: Props) {
  const numbers = settings as unknown as Record<string, number>;
  const label = ruleLabel(facts.rule);
  return (
    <li
      data-rule={facts.rule}
      className={cn(
        '-mx-4 grid gap-x-4 gap-y-2 border-l-2 border-transparent px-4 py-3 lg:grid-cols-[minmax(0,1fr)_auto]',
        isChanged && 'border-accent bg-accent-soft/40',
      )}
    >
      <div className="min-w-0">
        <p className="font-medium">
          {label}{' '}
          <span className="ml-1 text-xs font-normal text-muted">
            {facts.category} · {facts.strength}
          </span>
        </p>
        <p className="max-w-prose text-sm text-muted">{facts.says}</p>
      </div>
      <div className="flex flex-wrap items-end gap-3">
        {numbersOf(settings).map((name) => (
          <label key={name} className="text-xs text-muted">
            <span className="block">{FIELD_LABELS[name] ?? name}</span>
            <input
              type="number"
              min={1}
              step={1}
              className="control mt-0.5 w-28"
              data-field={name}
              aria-label={`${label}: ${FIELD_LABELS[name] ?? name}`}
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
    </li>
  );
}
