import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { FormError } from '../../ui/FormError.js';
import { useSaveWebhook, useWebhook } from './queries.js';

/** Where alerts are sent. */
export function Webhook() {
  const webhook = useWebhook();
  const save = useSaveWebhook();
  const [draft, setDraft] = useState<string | null>(null);
  const url = draft ?? webhook.data?.url ?? '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(url.trim() === '' ? null : url.trim(), { onSuccess: () => setDraft(null) });
  };
  return (
    <form className="flex flex-wrap items-end gap-2" onSubmit={submit}>
      <label className="min-w-56 flex-1 text-xs text-muted">
        <span className="block">Webhook URL</span>
        <input
          className="control mt-0.5 w-full"
          placeholder="https://example.com/hook"
          value={url}
          onChange={({ target }) => setDraft(target.value)}
        />
      </label>
      <Button type="submit" disabled={draft === null || save.isPending}>
        Save webhook
      </Button>
      <p className="w-full text-xs text-muted">
        {webhook.data?.url === null
          ? 'No webhook. Alerts are only listed here.'
          : 'Each alert is sent as a signed POST request.'}
      </p>
      {save.data?.secret && (
        <p role="status" className="flex w-full flex-wrap items-center gap-2 text-sm">
          Signing secret, shown once: <code className="font-mono text-xs break-all">{save.data.secret}</code>
          <CopyButton text={save.data.secret} label="Copy secret" />
        </p>
      )}
      <div className="w-full empty:hidden">
        <FormError error={save.error} />
      </div>
    </form>
  );
}
