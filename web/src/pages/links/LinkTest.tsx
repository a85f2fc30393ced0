import type { Link, LinkMacro } from '@clickledger/contract';
import { ExternalLink } from 'lucide-react';
import { useState } from 'react';
import { formatShare } from '../../lib/format.js';
import { serverNow } from '../../state/now.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { Field } from '../../ui/Field.js';
import { shareOf } from './link-draft.js';
import { linkUrl, stateOf } from './link-url.js';
import { previewUrl, SAMPLE } from './preview.js';

/** Macros of the visitor that the test can set. */
const OF_VISITOR = ['country', 'device_type', 'os', 'browser'] as const satisfies readonly LinkMacro[];
const LABELS = { country: 'Country', device_type: 'Device', os: 'OS', browser: 'Browser' } as const;

/** Where a link would send a visitor, without a click; and the link itself, to be followed. */
export function LinkTest({ link }: { link: Link }) {
  const [query, setQuery] = useState('utm_source=newsletter&sub1=banner');
  const [visitor, setVisitor] = useState(SAMPLE);
  const state = stateOf(link, serverNow());
  const values = {
    ...visitor,
    ad_id: link.ad_id,
    campaign_id: link.campaign_id ?? '',
    advertiser_id: link.advertiser_id ?? '',
  };
  const shaping = { passes: link.pass_parameters, clickIdParameter: link.click_id_parameter ?? '' };
  const plain = query.replace(/^\?/, '').trim();
  const url = `${linkUrl(link)}${plain === '' ? '' : `?${plain}`}`;
  const weights = link.destinations.map(({ weight }) => ({ weight: String(weight) }));
  return (
    <div className="space-y-4 text-sm">
      <Field
        label="Query string"
        hint="What follows the link, e.g. from an ad network."
        value={query}
        data-testid="test-query"
        onChange={({ target }) => setQuery(target.value)}
      />
      <fieldset className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <legend className="mb-1 font-medium">Visitor</legend>
        {OF_VISITOR.map((name) => (
          <Field
            key={name}
            label={LABELS[name]}
            value={visitor[name] ?? ''}
            onChange={({ target }) => setVisitor({ ...visitor, [name]: target.value })}
          />
        ))}
      </fieldset>
      <div role="status" data-testid="test-result">
        <h3 className="mb-1 font-medium">Result</h3>
        {state !== 'active' ? (
          <p>
            The link is {state}.{' '}
            {link.fallback_url ? (
              <>
                Visitors go to the fallback:{' '}
                <Target url={previewUrl(link.fallback_url, values, plain, shaping) ?? link.fallback_url} />
              </>
            ) : (
              'It has no fallback, so visitors see a “not found” page.'
            )}
          </p>
        ) : (
          <ul className="space-y-2">
            {link.destinations.map(({ url: destination, weight }, index) => (
              <li key={index}>
                {link.destinations.length > 1 && (
                  <span className="text-muted">
                    {formatShare(shareOf(String(weight), weights))} of visitors:{' '}
                  </span>
                )}
                <Target url={previewUrl(destination, values, plain, shaping) ?? destination} />
              </li>
            ))}
          </ul>
        )}
        {link.signing === 'required' && (
          <p className="mt-2 text-muted">Without a valid signature, visitors see a “not found” page.</p>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-t border-line pt-4">
        <a
          href={url}
          target="_blank"
          rel="noreferrer"
          data-testid="open-link"
          className="inline-flex h-8 items-center gap-1.5 rounded-md bg-accent px-3 font-medium text-accent-ink hover:brightness-110 [&_svg]:size-4"
        >
          <ExternalLink aria-hidden="true" />
          Open link
        </a>
        <CopyButton text={url} label="Copy with query" />
        <p className="text-muted">Opening the link counts a click.</p>
      </div>
    </div>
  );
}

const Target = ({ url }: { url: string }) => <code className="break-all font-mono text-xs">{url}</code>;
