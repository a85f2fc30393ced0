import { Pencil } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { cn } from '../../lib/cn.js';
import { Button } from '../../ui/Button.js';
import { formErrorText } from '../../ui/FormError.js';

interface Props {
  label: string;
  /** As shown. */
  text: string;
  /** As edited. */
  value: string;
  kind?: 'text' | 'money';
  /** False: the text alone. */
  isEditable: boolean;
  testId: string;
  className?: string;
  /** Saves; what it throws is shown beside the field. */
  onSave: (value: string) => Promise<unknown>;
}

/** A text that is edited in place: Enter or "Save" saves it, Escape cancels. */
export function InlineEdit(props: Props) {
  const { label, text, value, kind = 'text', isEditable, testId, className, onSave } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState('');
  const [saving, setSaving] = useState(false);

  if (!isEditable)
    return (
      <span data-testid={testId} className={cn('block max-w-full truncate', className)} title={text}>
        {text}
      </span>
    );
  if (draft === null)
    return (
      <button
        type="button"
        data-testid={testId}
        aria-label={`${label}: ${text}. Edit`}
        className={cn(
          'group inline-flex min-h-6 max-w-full items-center gap-1.5 rounded text-left',
          className,
        )}
        onClick={() => {
          setDraft(value);
          setError('');
        }}
      >
        <span className="truncate" title={text}>
          {text}
        </span>
        <Pencil
          aria-hidden="true"
          className="size-3.5 shrink-0 text-muted opacity-40 group-hover:opacity-100 group-focus-visible:opacity-100"
        />
      </button>
    );

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setSaving(true);
    try {
      await onSave(draft.trim());
      setDraft(null);
    } catch (failure) {
      setError(formErrorText(failure));
    } finally {
      setSaving(false);
    }
  };
  return (
    <form className="flex flex-wrap items-center gap-1.5" onSubmit={save}>
      <input
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was just pressed.
        autoFocus
        aria-label={label}
        aria-invalid={error !== ''}
        data-testid={`${testId}-input`}
        inputMode={kind === 'money' ? 'decimal' : 'text'}
        className={cn('control', kind === 'money' ? 'w-28' : 'w-64 max-w-full')}
        value={draft}
        onChange={({ target }) => setDraft(target.value)}
        onKeyDown={({ key }) => key === 'Escape' && setDraft(null)}
      />
      <Button type="submit" kind="primary" disabled={saving}>
        Save
      </Button>
      <Button kind="quiet" onClick={() => setDraft(null)}>
        Cancel
      </Button>
      {error && (
        <p role="alert" className="w-full text-sm font-normal text-crit">
          {error}
        </p>
      )}
    </form>
  );
}
