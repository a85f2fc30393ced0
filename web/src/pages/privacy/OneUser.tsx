import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call, explain } from '../../api/http.js';
import { saveFile } from '../../export/save.js';
import { formatCount } from '../../lib/format.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { Panel } from '../../ui/Panel.js';

/** Every click is searched, and parts of analytics are rewritten. */
const SCAN_MS_MAX = 15 * 60_000;

/** Exports or erases what is stored about one user. */
export function OneUser() {
  const [userId, setUserId] = useState('');
  const [asked, setAsked] = useState(false);
  const id = userId.trim();
  const asking = { body: { user_id: id }, timeoutMs: SCAN_MS_MAX };
  const save = useMutation({
    mutationFn: async () => {
      const data = await call('POST /api/v1/admin/privacy/export', asking);
      saveFile('user-data.json', JSON.stringify(data, null, 2), 'application/json');
      return data.ledger.length;
    },
  });
  const erase = useMutation({
    mutationFn: () => call('POST /api/v1/admin/privacy/erase', asking),
    onSuccess: () => setAsked(false),
  });
  const busy = save.isPending || erase.isPending;
  return (
    <Panel title="User data requests" testId="one-user">
      <p className="mb-3 max-w-prose text-sm text-muted">
        Export or erase one user’s data. Both are recorded in the audit log without the user ID.
      </p>
      <form
        className="flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <input
          className="control min-w-48 flex-1"
          aria-label="User ID"
          placeholder="user_id"
          data-testid="user-id"
          value={userId}
          onChange={({ target }) => {
            setUserId(target.value);
            save.reset();
            erase.reset();
          }}
        />
        <Button type="submit" disabled={id === '' || busy}>
          {save.isPending ? 'Exporting…' : 'Export data'}
        </Button>
        <Button kind="danger" data-testid="erase" disabled={id === '' || busy} onClick={() => setAsked(true)}>
          Erase…
        </Button>
      </form>
      <p role="status" className="mt-2 text-sm" data-testid="privacy-result">
        {save.data !== undefined && `Exported ${formatCount(save.data)} clicks.`}
        {erase.data && `Erased. ${formatCount(erase.data.clicks)} clicks no longer name this user.`}
      </p>
      {save.error && (
        <p role="alert" className="mt-2 text-sm text-crit">
          {explain(save.error).hint}
        </p>
      )}
      <Dialog
        title="Erase this user?"
        open={asked}
        onClose={() => setAsked(false)}
        testId="erase-dialog"
        className="w-[min(30rem,calc(100vw-2rem))]"
      >
        <p className="text-sm">
          <strong className="break-all font-medium">{id}</strong> is removed from every click in the ledger
          and in reporting. This cannot be undone. Counts, bills, and fraud results stay the same.
        </p>
        {erase.error && (
          <p role="alert" className="mt-3 text-sm text-crit">
            {explain(erase.error).hint}
          </p>
        )}
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={() => setAsked(false)}>Cancel</Button>
          <Button kind="danger" data-testid="erase-confirm" disabled={busy} onClick={() => erase.mutate()}>
            {erase.isPending ? 'Erasing…' : 'Erase'}
          </Button>
        </div>
      </Dialog>
    </Panel>
  );
}
