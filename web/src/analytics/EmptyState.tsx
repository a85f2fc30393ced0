import { Link } from '@tanstack/react-router';
import { useMay } from '../app/may.js';
import { useChangeView } from '../state/view.js';
import { Button } from '../ui/Button.js';
import { CopyButton } from '../ui/CopyButton.js';

/** Why there is nothing to draw: no click ever, none in the range, or none that passes the filters. */
export type EmptyKind = 'first-start' | 'range' | 'filters';

const TEXTS: Record<EmptyKind, { title: string; hint: string }> = {
  'first-start': {
    title: 'No clicks yet',
    hint: 'Send your first click. It appears here within five seconds.',
  },
  range: { title: 'No clicks in this range', hint: 'There are clicks outside this range.' },
  filters: { title: 'No clicks match these filters', hint: 'Remove a filter or choose a longer range.' },
};

/** What to do when there is nothing to draw. */
export function EmptyState({ kind }: { kind: EmptyKind }) {
  const changeView = useChangeView();
  const maySendClicks = useMay('POST /api/v1/clicks');
  const { title, hint } = TEXTS[kind];
  return (
    <section
      className="card flex flex-col items-center gap-5 px-4 py-14 text-center sm:px-8"
      data-testid="empty-state"
      data-kind={kind}
    >
      <div>
        <h2 className="text-lg font-semibold">{title}</h2>
        <p className="mt-1 text-muted">{hint}</p>
      </div>
      {kind === 'filters' && (
        <Button data-testid="clear-filters" onClick={() => changeView({ filters: [] })}>
          Clear filters
        </Button>
      )}
      {kind === 'range' && (
        <Button onClick={() => changeView({ choice: { preset: '12mo', withToday: true } })}>
          Show the last 12 months
        </Button>
      )}
      {kind === 'first-start' && (
        <>
          {maySendClicks && (
            <Link
              to="/test-clicks"
              className="inline-flex h-8 items-center rounded-md bg-accent px-3 text-sm font-medium text-accent-ink hover:brightness-110"
            >
              Send test clicks
            </Link>
          )}
          <CurlExample />
        </>
      )}
    </section>
  );
}

function CurlExample() {
  const click = '{"ad_id":"ad-1","campaign_id":"campaign-1","advertiser_id":"advertiser-1"}';
  const command = `curl -X POST ${window.location.origin}/api/v1/clicks \\\n  -H 'content-type: application/json' \\\n  -d '${click}'`;
  return (
    <div className="w-full max-w-2xl text-left">
      <div className="mb-1 flex items-center justify-between text-sm">
        <p className="text-muted">Or use the command line</p>
        <CopyButton text={command} />
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
