import type { Link } from '@clickledger/contract';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { FormError } from '../../ui/FormError.js';
import { useMakeSigningKey } from './link-queries.js';

/** The keys that sign URLs of a link. A new one is shown once, and takes the place of the older of two. */
export function SigningKeys({ link }: { link: Link }) {
  const { zone } = useView();
  const make = useMakeSigningKey(link.link_id);
  const mayMake = useMay('POST /api/v1/links/:link_id/signing-keys');
  const dates = datesOf(zone);
  const keys = link.signing_keys;
  return (
    <div className="mt-4 border-t border-line pt-3 text-sm" data-testid="signing-keys">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="text-xs text-muted">Signing keys</h2>
          {keys.length === 0 ? (
            <p className="text-warn">No key yet. Nobody can follow this link until one is created.</p>
          ) : (
            <p>
              {keys.map(({ hint, created_at }, index) => (
                <span key={hint}>
                  {index > 0 && ', '}
                  <code className="font-mono text-xs">{hint}…</code>{' '}
                  <span className="text-muted">created {dates.minute(Date.parse(created_at))}</span>
                </span>
              ))}
            </p>
          )}
        </div>
        {mayMake && (
          <Button data-testid="make-signing-key" disabled={make.isPending} onClick={() => make.mutate()}>
            {keys.length === 0 ? 'Create key' : 'Rotate key'}
          </Button>
        )}
      </div>
      <FormError error={make.error} />
      {make.data && (
        <div className="mt-3 flex flex-wrap items-center gap-2 rounded-lg bg-sunken p-3" role="status">
          <p className="w-full">Copy the key now. It can’t be shown again. The previous key still works.</p>
          <code className="min-w-0 flex-1 break-all font-mono text-xs" data-testid="signing-key">
            {make.data.key}
          </code>
          <CopyButton text={make.data.key} label="Copy key" />
        </div>
      )}
    </div>
  );
}
