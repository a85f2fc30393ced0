import { useState } from 'react';
import { useGenerator } from '../generator/store.js';
import { useView } from '../state/view.js';

/** Why there is nothing to draw: no click ever, none in the range, or none that passes the filters. */
export type EmptyKind = 'first-start' | 'range' | 'filters';

const TEXTS: Record<EmptyKind, { title: string; hint: string }> = {
  'first-start': {
    title: 'No clicks yet',
    hint: 'Send a first click, and it shows here within five seconds.',
  },
  range: { title: 'No clicks in this range', hint: 'Clicks have come in at other times.' },
  filters: { title: 'No clicks match the filters', hint: 'Remove a filter, or choose a longer range.' },
};

/** What to do when there is nothing to draw. */
export function EmptyState({ kind }: { kind: EmptyKind }) {
  const { setChoice, clearFilters } = useView();
  const setOpen = useGenerator((generator) => generator.setOpen);
  const { title, hint } = TEXTS[kind];
  return (
    <section
      className="card flex flex-col items-center gap-5 px-4 py-12 text-center sm:px-8"
      data-testid="empty-state"
      data-kind={kind}
    >
      <div>
        <h2 className="text-lg font-semibold">{title}</h2>
        <p className="mt-1 text-muted">{hint}</p>
      </div>
      {kind === 'filters' && (
        <button type="button" className="button" data-testid="clear-filters" onClick={clearFilters}>
          Clear filters
        </button>
      )}
      {kind === 'range' && (
        <button type="button" className="button" onClick={() => setChoice({ preset: '90d' })}>
          Show the last 90 days
        </button>
      )}
      {kind === 'first-start' && (
        <>
          <button type="button" className="button button-primary" onClick={() => setOpen(true)}>
            Send test clicks
          </button>
          <CurlExample />
        </>
      )}
    </section>
  );
}

function CurlExample() {
  const [copied, setCopied] = useState(false);
  const click = '{"ad_id":"ad-1","campaign_id":"campaign-1","advertiser_id":"advertiser-1"}';
  const command = `curl -X POST ${window.location.origin}/api/v1/clicks \\\n  -H 'content-type: application/json' \\\n  -d '${click}'`;
  const copy = () =>
    navigator.clipboard?.writeText(command).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div className="w-full max-w-2xl text-left">
      <div className="mb-1.5 flex items-center justify-between text-sm">
        <p className="text-muted">Or from a terminal:</p>
        {'clipboard' in navigator && (
          <button type="button" className="text-muted underline hover:text-ink" onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </button>
        )}
      </div>
      <pre
        data-testid="curl-example"
        className="whitespace-pre-wrap break-words rounded-lg bg-sunken p-4 font-mono text-xs leading-relaxed"
      >
        {command}
      </pre>
    </div>
  );
}
