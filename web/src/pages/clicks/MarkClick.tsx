import type { ClickStory } from '@clickledger/contract';
import { type FormEvent, useState } from 'react';
import { useMay } from '../../app/may.js';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { useGiveVerdict } from './click-queries.js';

/** The verdict in force: that of a closed month shows in the click only as a correction. */
const isInvalid = ({ click, adjustments }: ClickStory): boolean =>
  adjustments.at(-1)?.is_fraudulent ?? click.is_fraudulent;

/** Marks the click as valid or invalid, for whoever may. */
export function MarkClick({ story }: { story: ClickStory }) {
  const mayChange = useMay('POST /api/v1/clicks/:click_id/verdict');
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState('');
  const give = useGiveVerdict(story.click.click_id);
  if (!mayChange) return null;
  const invalid = isInvalid(story);
  const action = invalid ? 'Mark as valid' : 'Mark as invalid';
  if (!open)
    return (
      <Button onClick={() => setOpen(true)} data-testid="mark-click">
        {action}
      </Button>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    give.mutate(
      { is_fraudulent: !invalid, note },
      {
        onSuccess: () => {
          setOpen(false);
          setNote('');
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="space-y-3">
      <Field
        label="Reason"
        hint={
          invalid
            ? 'The click becomes billable. Fraud rules will not flag it again.'
            : 'The click is no longer billable.'
        }
        value={note}
        onChange={({ target }) => setNote(target.value)}
        maxLength={500}
        required
        autoFocus
      />
      {give.error && <FormError error={give.error} />}
      <div className="flex gap-2">
        <Button type="submit" kind="primary" disabled={give.isPending}>
          {action}
        </Button>
        <Button onClick={() => setOpen(false)}>Cancel</Button>
      </div>
    </form>
  );
}
