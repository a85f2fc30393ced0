import { LIMITS, type SettingsReply } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeSettings, useSettings } from '../../api/settings.js';
import { useMay } from '../../app/may.js';
import { Button } from '../../ui/Button.js';
import { Facts } from '../../ui/Facts.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { TextArea } from '../../ui/TextArea.js';
import { draftOf, termsOf } from './statement-terms.js';

/** Who issues statements, when they are due, the tax line, and how to pay. */
export function StatementDetails() {
  const { data } = useSettings();
  const mayChange = useMay('PATCH /api/v1/admin/settings');
  return (
    <Panel title="Statement details" testId="statement-details">
      <p className="mb-3 text-sm text-muted">
        Printed on the statements of months closed from now on. Existing statements never change.
      </p>
      {!data && <SkeletonRows count={4} />}
      {data && mayChange && <Form key={JSON.stringify(draftOf(data))} settings={data} />}
      {data && !mayChange && <ReadOnly settings={data} />}
    </Panel>
  );
}

function ReadOnly({ settings }: { settings: SettingsReply }) {
  const { issuer_name, issuer_address, issuer_contact, payment_days, tax_label, tax_percent } = settings;
  const tax = tax_percent === null ? null : `${tax_label ?? 'Tax'} ${tax_percent}%`;
  return (
    <Facts
      facts={[
        ['Issuer', [issuer_name, issuer_address].filter(Boolean).join('\n') || 'Not set'],
        ['Signed by', issuer_contact ?? 'Not set'],
        ['Payment due', payment_days === null ? 'Not set' : `${payment_days} days after closing`],
        ['Tax', tax ?? 'None'],
        ['Payment instructions', settings.payment_note ?? 'Not set'],
      ]}
    />
  );
}

function Form({ settings }: { settings: SettingsReply }) {
  const change = useChangeSettings();
  const [draft, setDraft] = useState(draftOf(settings));
  const changed = JSON.stringify(draft) !== JSON.stringify(draftOf(settings));
  const field = (name: keyof typeof draft) => ({
    value: draft[name],
    onChange: ({ target }: { target: { value: string } }) => setDraft({ ...draft, [name]: target.value }),
  });
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(termsOf(draft));
      }}
    >
      <Field
        label="Issuer"
        hint="The legal name of your company."
        maxLength={LIMITS.nameLengthMax}
        {...field('issuer_name')}
      />
      <TextArea label="Address" rows={3} maxLength={LIMITS.noteLengthMax} {...field('issuer_address')} />
      <Field
        label="Signed by"
        hint="Name and title."
        maxLength={LIMITS.nameLengthMax}
        {...field('issuer_contact')}
      />
      <Field
        label="Days to pay"
        hint="Counted from the day the month is closed."
        type="number"
        min={0}
        max={LIMITS.paymentDaysMax}
        {...field('payment_days')}
      />
      <div className="grid grid-cols-2 gap-3">
        <Field
          label="Tax label"
          placeholder="Sales tax"
          maxLength={LIMITS.nameLengthMax}
          {...field('tax_label')}
        />
        <Field label="Tax rate (%)" type="number" min={0} max={100} step={0.001} {...field('tax_percent')} />
      </div>
      <TextArea
        label="Payment instructions"
        hint="For example, bank account and reference."
        rows={2}
        maxLength={LIMITS.noteLengthMax}
        {...field('payment_note')}
      />
      <FormError error={change.error} />
      <Button type="submit" data-testid="save-statement-details" disabled={!changed || change.isPending}>
        Save
      </Button>
    </form>
  );
}
