import { type ConversionAction, LIMITS } from '@clickledger/contract';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../../api/http.js';
import { useCurrency } from '../../state/currency.js';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { Select } from '../../ui/Select.js';
import { useConversionActions, useSaveAction } from './action-queries.js';

export const COUNTINGS: Record<ConversionAction['counting'], string> = {
  every: 'Every conversion',
  one_per_click: 'One per click',
};

interface Props {
  /** The action to change; null: a new one. */
  action: ConversionAction | null;
  onDone: () => void;
}

/** Sets up what a conversion action means, or changes it. */
export function ActionForm({ action, onDone }: Props) {
  const { currency } = useCurrency();
  const [name, setName] = useState(action?.action ?? '');
  const [label, setLabel] = useState(action?.name ?? '');
  const [clickDays, setClickDays] = useState(String(action?.click_window_days ?? 30));
  const [userDays, setUserDays] = useState(String(action?.user_window_days ?? 7));
  const [counting, setCounting] = useState<ConversionAction['counting']>(action?.counting ?? 'every');
  const [value, setValue] = useState(action?.default_value ?? '');
  const [unit, setUnit] = useState(action?.default_currency ?? currency);
  const known = useConversionActions().data?.data ?? [];
  const save = useSaveAction(action);
  const errors = save.error instanceof ApiError ? save.error.fieldErrors : {};
  const id = name.trim().toLowerCase();
  const isTaken = !action && known.some((one) => one.action === id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isTaken) return;
    const change = {
      name: label.trim() || null,
      click_window_days: Number(clickDays),
      user_window_days: Number(userDays),
      counting,
      default_value: value.trim() || null,
      default_currency: unit.trim() || null,
    };
    save.mutate({ name: id, change }, { onSuccess: onDone });
  };
  const days = (title: string, hint: string, field: string, text: string, set: (text: string) => void) => (
    <Field
      label={title}
      hint={hint}
      error={errors[field]?.join('. ')}
      type="number"
      min={1}
      max={LIMITS.conversionWindowDaysMax}
      required
      value={text}
      onChange={({ target }) => set(target.value)}
    />
  );
  return (
    <form className="space-y-4 text-sm" onSubmit={submit} data-testid="action-form">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Action"
          hint="As your server, pixel, or network sends it, e.g. sale."
          error={isTaken ? 'There is an action with this name.' : errors.action?.join('. ')}
          required
          disabled={action !== null}
          maxLength={LIMITS.actionLengthMax}
          autoFocus={action === null}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <Field
          label="Name"
          hint="Shown in the dashboard."
          placeholder="Completed order"
          error={errors.name?.join('. ')}
          value={label}
          onChange={({ target }) => setLabel(target.value)}
        />
        {days(
          'Click window (days)',
          'How long after a click a conversion with its click ID counts.',
          'click_window_days',
          clickDays,
          setClickDays,
        )}
        {days(
          'User window (days)',
          'The same, for a conversion matched by user ID.',
          'user_window_days',
          userDays,
          setUserDays,
        )}
        <Select
          label="Counting"
          options={Object.keys(COUNTINGS)}
          textOf={(one) => COUNTINGS[one as ConversionAction['counting']]}
          value={counting}
          onChange={(one) => setCounting(one as ConversionAction['counting'])}
        />
        <div className="grid grid-cols-[minmax(0,1fr)_6rem] gap-2">
          <Field
            label="Default value"
            hint="For conversions sent without a value."
            inputMode="decimal"
            placeholder="0.00"
            error={errors.default_value?.join('. ')}
            value={value}
            onChange={({ target }) => setValue(target.value)}
          />
          <Field
            label="Currency"
            maxLength={3}
            error={errors.default_currency?.join('. ')}
            value={unit}
            onChange={({ target }) => setUnit(target.value.toUpperCase())}
          />
        </div>
      </div>
      <p className="text-muted">
        {counting === 'every'
          ? 'Best for sales: each conversion of a click counts.'
          : 'Best for leads and sign-ups: the first conversion of a click counts.'}{' '}
        Changes apply to conversions received from now on.
      </p>
      <FormError error={save.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" kind="primary" data-testid="save-action" disabled={save.isPending || isTaken}>
          {action ? 'Save changes' : 'Create action'}
        </Button>
      </div>
    </form>
  );
}
