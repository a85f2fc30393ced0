import { useState } from 'react';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { useCurrency } from '../../state/currency.js';
import { useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';
import { Segmented } from '../../ui/Segmented.js';
import { useChangeSecrets, usePostbackSecrets } from './postback-queries.js';
import { NETWORKS, type Network, pixelHtml, postbackUrl, SECRET } from './postback-urls.js';

const OPTIONS = [
  ...Object.entries(NETWORKS).map(([value, label]) => ({ value: value as Network, label })),
  { value: 'pixel', label: 'Pixel' },
] as const;
const secretNote = (isMade: boolean) =>
  isMade
    ? 'The URL holds the new secret. Copy it now: the secret can’t be shown again.'
    : `Replace ${SECRET} with a postback secret.`;

/** The URL that a network calls for each conversion, and the secrets that such calls need. */
export function PostbackSetup() {
  const { currency } = useCurrency();
  const [network, setNetwork] = useState<Network | 'pixel'>('other');
  const { make, revoke } = useChangeSecrets();
  const mayMake = useMay('POST /api/v1/postback-secrets');
  const made = make.data?.secret;
  const { origin } = window.location;
  const isPixel = network === 'pixel';
  const url = isPixel ? pixelHtml(origin, currency) : postbackUrl(network, origin, made ?? SECRET, currency);
  return (
    <Panel title="Postback URL" testId="postback-setup">
      <p className="mb-2 max-w-prose text-sm text-muted">
        {isPixel
          ? 'Put this image into the page that people see after they convert, with your values in place of the words in capitals.'
          : 'Put this URL into your network or tracker. It calls the URL for each conversion, with its own values in place of the macros.'}
      </p>
      <Segmented label="Network" value={network} options={OPTIONS} onChange={setNetwork} />
      <div className="mt-2 flex flex-wrap items-center gap-2 rounded-lg bg-sunken p-3">
        <code className="min-w-0 flex-1 basis-64 break-all font-mono text-xs" data-testid="postback-url">
          {url}
        </code>
        <CopyButton text={url} what={isPixel ? 'pixel' : 'postback URL'} />
      </div>
      <p className="mt-2 text-xs text-muted">
        {isPixel
          ? 'Use an API key that may only send clicks, with the page’s address among its allowed origins.'
          : `${secretNote(made !== undefined)} A status such as rejected or refund retracts the conversion.`}
      </p>
      {mayMake && (
        <Secrets
          isMaking={make.isPending}
          error={make.error ?? revoke.error}
          onMake={() => make.mutate()}
          onRevoke={(id) => revoke.mutate(id)}
        />
      )}
    </Panel>
  );
}

interface SecretsProps {
  isMaking: boolean;
  error: unknown;
  onMake: () => void;
  onRevoke: (id: number) => void;
}

/** The secrets in force. A new one takes the place of the other after a day. */
function Secrets({ isMaking, error, onMake, onRevoke }: SecretsProps) {
  const secrets = usePostbackSecrets();
  const dates = datesOf(useView().zone);
  const at = (time: string) => dates.minute(Date.parse(time));
  const inForce = (secrets.data?.data ?? []).filter((one) => one.is_in_force);
  return (
    <div className="mt-4 border-t border-line pt-3 text-sm">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h3 className="mr-auto font-medium">Secrets</h3>
        <Button size="small" data-testid="make-secret" disabled={isMaking} onClick={onMake}>
          {inForce.length === 0 ? 'Create secret' : 'Rotate secret'}
        </Button>
      </div>
      {secrets.isError && (
        <ErrorNote error={secrets.error} what="Secrets" retry={() => void secrets.refetch()} />
      )}
      {secrets.data && inForce.length === 0 && (
        <p className="text-warn">No secret yet. Postbacks are refused until you create one.</p>
      )}
      <ul className="divide-y divide-line">
        {inForce.map((one) => (
          <li key={one.secret_id} className="flex flex-wrap items-center gap-x-4 py-1.5" data-testid="secret">
            <p className="min-w-0 flex-1 basis-64">
              <code className="font-mono text-xs">{one.hint}…</code>{' '}
              <span className="text-muted">
                created {at(one.created_at)} by {one.created_by}
                {one.expires_at && ` · works until ${at(one.expires_at)}`}
              </span>
            </p>
            <Button size="small" kind="danger" onClick={() => onRevoke(one.secret_id)}>
              Revoke
            </Button>
          </li>
        ))}
      </ul>
      <FormError error={error} />
    </div>
  );
}
