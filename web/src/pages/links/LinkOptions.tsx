import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useView } from '../../state/view.js';
import { Checkbox } from '../../ui/Checkbox.js';
import { Field } from '../../ui/Field.js';
import { Select } from '../../ui/Select.js';
import type { LinkDraft } from './link-draft.js';
import { useLinkHosts } from './link-queries.js';

/** What the destination learns of the page that the link is on. */
const REFERRER_POLICIES: Record<LinkDraft['referrerPolicy'], string> = {
  'strict-origin-when-cross-origin': 'Site only (browser default)',
  'no-referrer': 'None',
  origin: 'Site only, also over http',
  'strict-origin': 'Site only, never a path',
  'same-origin': 'Only within the same site',
  'origin-when-cross-origin': 'Full URL within the same site',
  'no-referrer-when-downgrade': 'Full URL, over https only',
  'unsafe-url': 'Full URL',
};

interface Props {
  draft: LinkDraft;
  isNew: boolean;
  /** What the server says is wrong with a field, by the API's name. */
  errorOf: (name: string) => string | undefined;
  onChange: (part: Partial<LinkDraft>) => void;
}

/** What most links need not say, folded away. A part with something wrong in it opens. */
export function LinkOptions({ draft, isNew, errorOf, onChange }: Props) {
  const { zone } = useView();
  const isWrong = (...names: string[]) => names.some((name) => errorOf(name) !== undefined);
  return (
    <div className="divide-y divide-line border-y border-line">
      {isNew && <Address draft={draft} errorOf={errorOf} onChange={onChange} />}
      <Part title="Schedule and fallback" opened={isWrong('starts_at', 'ends_at', 'fallback_url')}>
        <Field
          label="Starts"
          type="datetime-local"
          hint={`In ${zone.replaceAll('_', ' ')}.`}
          error={errorOf('starts_at')}
          value={draft.startsAt}
          onChange={({ target }) => onChange({ startsAt: target.value })}
        />
        <Field
          label="Ends"
          type="datetime-local"
          error={errorOf('ends_at')}
          value={draft.endsAt}
          onChange={({ target }) => onChange({ endsAt: target.value })}
        />
        <Field
          label="Fallback URL"
          className="sm:col-span-2"
          inputMode="url"
          hint="Where visitors go while the link is paused, ended, or over its campaign’s daily budget."
          placeholder="https://shop.example/"
          error={errorOf('fallback_url')}
          value={draft.fallbackUrl}
          onChange={({ target }) => onChange({ fallbackUrl: target.value })}
        />
      </Part>
      <Part title="Tracking" opened={isWrong('click_id_parameter')}>
        <div className="sm:col-span-2">
          <Checkbox
            label="Pass query parameters to the destination"
            hint="For example utm_source and gclid."
            checked={draft.passes}
            onChange={(passes) => onChange({ passes })}
          />
        </div>
        <Field
          label="Append the click ID as"
          hint="Name of a query parameter. Leave empty if the destination has {click_id}."
          placeholder="cid"
          error={errorOf('click_id_parameter')}
          value={draft.clickIdParameter}
          onChange={({ target }) => onChange({ clickIdParameter: target.value })}
        />
        <Select
          label="Referrer policy"
          options={Object.keys(REFERRER_POLICIES)}
          textOf={(policy) => REFERRER_POLICIES[policy as LinkDraft['referrerPolicy']]}
          value={draft.referrerPolicy}
          onChange={(policy) => onChange({ referrerPolicy: policy as LinkDraft['referrerPolicy'] })}
        />
      </Part>
      <Part title="Security" opened={isWrong('allowed_hosts', 'signing', 'allow_http')}>
        <div className="space-y-3 sm:col-span-2">
          <Checkbox
            label="Require a signature"
            hint="For links that others build. Create the key on the link’s page."
            checked={draft.isSigned}
            onChange={(isSigned) => onChange({ isSigned })}
          />
          <Checkbox
            label="Allow http destinations"
            hint="Not encrypted. Use it for testing only."
            checked={draft.allowsHttp}
            onChange={(allowsHttp) => onChange({ allowsHttp })}
          />
        </div>
        <Field
          label="Allowed hosts for chained links"
          className="sm:col-span-2"
          hint="Where the link’s url parameter may lead, separated by commas."
          placeholder="partner.example, www.partner.example"
          error={errorOf('allowed_hosts')}
          value={draft.allowedHosts}
          onChange={({ target }) => onChange({ allowedHosts: target.value })}
        />
      </Part>
    </div>
  );
}

function Address({ draft, errorOf, onChange }: Omit<Props, 'isNew'>) {
  const hosts = useLinkHosts().data?.data.map(({ host }) => host) ?? [];
  return (
    <Part title="Short link" opened={errorOf('slug') !== undefined || errorOf('host') !== undefined}>
      <Field
        label="Slug"
        hint="The end of the link. Leave empty to generate one. It can’t be changed later."
        placeholder="spring-sale"
        error={errorOf('slug')}
        value={draft.slug}
        onChange={({ target }) => onChange({ slug: target.value })}
      />
      <Select
        label="Host"
        options={['', ...hosts]}
        textOf={(host) => (host === '' ? `${window.location.host} (default)` : host)}
        value={draft.host}
        onChange={(host) => onChange({ host })}
      />
      {errorOf('host') && <p className="text-xs text-crit">{errorOf('host')}</p>}
    </Part>
  );
}

const Part = ({ title, opened, children }: { title: string; opened: boolean; children: ReactNode }) => (
  <details className="group py-1" open={opened || undefined}>
    <summary className="flex min-h-8 list-none items-center gap-1.5 rounded text-sm font-medium [&::-webkit-details-marker]:hidden">
      <ChevronRight className="size-4 text-muted group-open:rotate-90" aria-hidden="true" />
      {title}
    </summary>
    <div className="grid gap-3 pt-1 pb-3 sm:grid-cols-2">{children}</div>
  </details>
);
