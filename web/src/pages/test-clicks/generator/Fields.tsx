import { COUNTRIES, DEVICES } from '@clickledger/traffic';
import type { ReactNode } from 'react';
import { countryName, valueLabel } from '../../../lib/labels.js';
import { GENERATOR_LIMITS, type GeneratorSettings, type NumberSetting } from './plan.js';
import { CAMPAIGNS } from './profiles.js';
import { useGenerator } from './store.js';

const NUMBERS: readonly { name: NumberSetting; label: string }[] = [
  { name: 'ratePerSecond', label: 'Clicks per second' },
  { name: 'seconds', label: 'Duration (s)' },
  { name: 'duplicatePercent', label: 'Duplicates (%)' },
  { name: 'fraudPercent', label: 'From one user (%)' },
];

type ChoiceSetting = Exclude<keyof GeneratorSettings, NumberSetting | 'bursts'>;
type Options = readonly (readonly [value: string, label: string])[];
const deviceTypes = [...new Set(DEVICES.map(([device]) => device.device_type))];
const CHOICES: readonly { name: ChoiceSetting; label: string; options: Options }[] = [
  {
    name: 'duplicateBy',
    label: 'Duplicates share',
    options: [
      ['click_id', 'click_id'],
      ['idempotency_key', 'Idempotency-Key'],
    ],
  },
  {
    name: 'campaign',
    label: 'Campaign',
    options: [['', 'All campaigns'], ...CAMPAIGNS.map(([{ campaign_id: id }]) => [id, id] as const)],
  },
  {
    name: 'country',
    label: 'Country',
    options: [['', 'Mixed'], ...COUNTRIES.map(([code]) => [code, countryName(code)] as const)],
  },
  {
    name: 'device',
    label: 'Device',
    options: [['', 'Mixed'], ...deviceTypes.map((type) => [type, valueLabel('device_type', type)] as const)],
  },
  {
    name: 'addresses',
    label: 'IP addresses',
    options: [
      ['one', 'This browser'],
      ['many', 'Many (simulated)'],
    ],
  },
];

/** The settings of a run. */
export function Fields({ disabled }: { disabled: boolean }) {
  const { settings, setSettings } = useGenerator();
  return (
    <>
      {NUMBERS.map(({ name, label }) => (
        <Field key={name} label={label}>
          <input
            type="number"
            className="control w-full disabled:opacity-60"
            data-testid={`generator-${name}`}
            min={GENERATOR_LIMITS[name].min}
            max={GENERATOR_LIMITS[name].max}
            step={1}
            required
            disabled={disabled}
            value={Number.isNaN(settings[name]) ? '' : settings[name]}
            onChange={({ target }) => setSettings({ [name]: target.valueAsNumber })}
          />
        </Field>
      ))}
      {CHOICES.map(({ name, label, options }) => (
        <Field key={name} label={label}>
          <select
            className="control w-full disabled:opacity-60"
            data-testid={`generator-${name}`}
            disabled={disabled}
            value={settings[name]}
            onChange={({ target }) => setSettings({ [name]: target.value })}
          >
            {options.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </Field>
      ))}
    </>
  );
}

const Field = ({ label, children }: { label: string; children: ReactNode }) => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
  <label className="flex min-w-0 flex-col gap-1 text-sm text-muted">
    {label}
    {children}
  </label>
);
