import type { MadeApiKey } from '@clickledger/contract';
import { CopyButton } from '../../ui/CopyButton.js';

const CLICK = `'{"ad_id":"ad-1","campaign_id":"camp-1","advertiser_id":"adv-1"}'`;

/** A command that tries the key. */
function exampleOf({ key, scopes }: MadeApiKey): string {
  const { origin } = window.location;
  const bearer = `-H "Authorization: Bearer ${key}"`;
  if (scopes.includes('ingest'))
    return `curl ${origin}/api/v1/clicks ${bearer} -H "Content-Type: application/json" -d ${CLICK}`;
  return `curl ${origin}/api/v1/campaigns ${bearer}`;
}

/** A new key, shown this once. */
export function MadeKey({ made }: { made: MadeApiKey }) {
  const example = exampleOf(made);
  return (
    <div className="space-y-4 text-sm">
      <p>Copy the key now. Only a hash is stored, so it can’t be shown again.</p>
      <div className="flex flex-wrap items-center gap-2 rounded-lg bg-sunken p-3">
        <code className="min-w-0 flex-1 break-all font-mono text-xs" data-testid="key-text">
          {made.key}
        </code>
        <CopyButton text={made.key} label="Copy key" />
      </div>
      <div>
        <div className="mb-1 flex items-center">
          <h3 className="mr-auto font-medium">Try it</h3>
          <CopyButton text={example} label="Copy" />
        </div>
        <pre className="overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-xs whitespace-pre-wrap break-all">
          {example}
        </pre>
      </div>
      {made.scopes.length === 1 && made.scopes[0] === 'ingest' && (
        <p className="text-muted">Write-only: safe to use in a web page.</p>
      )}
    </div>
  );
}
