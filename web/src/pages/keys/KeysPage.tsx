import type { ApiKey, MadeApiKey } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeKeys, useKeys } from '../../api/access.js';
import { datesOf } from '../../lib/dates.js';
import { useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { FormError } from '../../ui/FormError.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { MadeKey } from './MadeKey.js';
import { NewKey, SCOPE_NAMES } from './NewKey.js';

/** API keys: create, rotate, revoke. */
export function KeysPage() {
  const keys = useKeys();
  const [made, setMade] = useState<MadeApiKey | null>(null);
  const [isNew, setNew] = useState(false);
  const isOver = (key: ApiKey) =>
    key.revoked_at !== null || (key.expires_at !== null && Date.parse(key.expires_at) <= Date.now());
  const all = keys.data?.data ?? [];
  const over = all.filter(isOver);
  return (
    <>
      <PageHeader title="API keys">
        <Button kind="primary" data-testid="new-key" onClick={() => setNew(true)}>
          Create key
        </Button>
      </PageHeader>
      <Panel title="Active" testId="keys">
        {keys.isError && <ErrorNote error={keys.error} what="Keys" retry={() => void keys.refetch()} />}
        {keys.isPending && <SkeletonRows count={3} />}
        {keys.data && all.length === over.length && (
          <p className="py-6 text-center text-sm text-muted">
            No active keys. Programs need one to send clicks or read data.
          </p>
        )}
        <KeyList keys={all.filter((key) => !isOver(key))} onMade={setMade} />
      </Panel>
      {over.length > 0 && (
        <Panel title="Revoked and expired" className="mt-4">
          <KeyList keys={over} onMade={setMade} />
        </Panel>
      )}
      <Dialog title="Create API key" open={isNew} onClose={() => setNew(false)} testId="new-key-dialog">
        <NewKey
          onMade={(key) => {
            setNew(false);
            setMade(key);
          }}
        />
      </Dialog>
      <Dialog title="API key created" open={made !== null} onClose={() => setMade(null)} testId="made-key">
        {made && <MadeKey made={made} />}
      </Dialog>
    </>
  );
}

function KeyList({ keys, onMade }: { keys: readonly ApiKey[]; onMade: (key: MadeApiKey) => void }) {
  return (
    <ul className="divide-y divide-line">
      {keys.map((key) => (
        <KeyRow key={key.key_id} of={key} onMade={onMade} />
      ))}
    </ul>
  );
}

function KeyRow({ of, onMade }: { of: ApiKey; onMade: (key: MadeApiKey) => void }) {
  const { rotate, revoke } = useChangeKeys();
  const [asked, setAsked] = useState(false);
  const dates = datesOf(useView().zone);
  const at = (time: string | null) => (time === null ? null : dates.minute(Date.parse(time)));
  const facts = [
    of.is_test && 'Test key',
    of.scopes.map((scope) => SCOPE_NAMES[scope]).join(', '),
    of.origins.length > 0 && `from ${of.origins.join(', ')}`,
    of.requests_per_second !== null && `${of.requests_per_second} requests/s`,
    `created ${at(of.created_at)} by ${of.created_by}`,
    of.revoked_at
      ? `revoked ${at(of.revoked_at)} by ${of.revoked_by}`
      : of.expires_at
        ? `expires ${at(of.expires_at)}`
        : 'never expires',
    of.last_used_at ? `last used ${at(of.last_used_at)}` : 'never used',
  ];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-sm" data-testid="key">
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium">
          {of.name} <code className="ml-1 font-mono text-xs font-normal text-muted">{of.hint}…</code>
        </p>
        <p className="text-xs text-muted">{facts.filter(Boolean).join(' · ')}</p>
        <FormError error={rotate.error ?? revoke.error} />
      </div>
      {of.revoked_at === null && (
        <div className="flex gap-2">
          {of.rotated_to === null && (
            <Button
              size="small"
              disabled={rotate.isPending}
              onClick={() => rotate.mutate(of.key_id, { onSuccess: onMade })}
            >
              Rotate
            </Button>
          )}
          <Button size="small" kind="danger" data-testid="revoke" onClick={() => setAsked(true)}>
            Revoke…
          </Button>
        </div>
      )}
      <Dialog
        title={`Revoke ${of.name}?`}
        open={asked}
        onClose={() => setAsked(false)}
        className="w-[min(28rem,calc(100vw-2rem))]"
      >
        <p className="text-sm">
          The key stops working within 5 seconds. Programs that still use it get a 401 error.
        </p>
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={() => setAsked(false)}>Cancel</Button>
          <Button
            kind="danger"
            data-testid="revoke-confirm"
            disabled={revoke.isPending}
            onClick={() => revoke.mutate(of.key_id, { onSuccess: () => setAsked(false) })}
          >
            Revoke
          </Button>
        </div>
      </Dialog>
    </li>
  );
}
