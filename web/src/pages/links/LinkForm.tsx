import type { Link } from '@clickledger/contract';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../../api/http.js';
import { useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { AdPicker } from './AdPicker.js';
import { NO_AD } from './ad-choice.js';
import { Destinations } from './Destinations.js';
import { LinkOptions } from './LinkOptions.js';
import { draftOf, type LinkDraft, NEW_LINK } from './link-draft.js';
import { useSaveLink } from './link-queries.js';
import { SAMPLE } from './preview.js';

interface Props {
  /** The link to change; null: a new one. */
  link: Link | null;
  onSaved: (link: Link) => void;
  onCancel: () => void;
}

/** Creates a link, or changes one. */
export function LinkForm({ link, onSaved, onCancel }: Props) {
  const { zone } = useView();
  const [draft, setDraft] = useState<LinkDraft>(() => (link ? draftOf(link, zone) : NEW_LINK));
  const [ad, setAd] = useState(() =>
    link ? { ...NO_AD, campaignId: link.campaign_id ?? '', adId: link.ad_id } : NO_AD,
  );
  const save = useSaveLink(link);
  const change = (part: Partial<LinkDraft>) => setDraft({ ...draft, ...part });
  const errors = save.error instanceof ApiError ? save.error.fieldErrors : {};
  const errorOf = (name: string) => errors[name]?.join('. ');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ draft, ad, zone }, { onSuccess: onSaved });
  };
  const values = { ...SAMPLE, campaign_id: ad.campaignId, ad_id: ad.adId, advertiser_id: ad.advertiserId };
  return (
    <form className="space-y-5 text-sm" onSubmit={submit} data-testid="link-form">
      <Field
        label="Name"
        hint="Only you see it."
        placeholder="Spring newsletter"
        autoFocus
        error={errorOf('name')}
        value={draft.name}
        onChange={({ target }) => change({ name: target.value })}
      />
      <AdPicker chosen={ad} onChange={setAd} />
      {errorOf('ad_id') && <p className="text-xs text-crit">{errorOf('ad_id')}</p>}
      <Destinations
        draft={draft}
        values={values}
        errorOf={errorOf}
        onChange={(destinations) => change({ destinations })}
      />
      <LinkOptions draft={draft} isNew={link === null} errorOf={errorOf} onChange={change} />
      {Object.keys(errors).length > 0 ? (
        <p role="alert" data-testid="form-error" className="text-crit">
          Fix the fields marked in red.
        </p>
      ) : (
        <FormError error={save.error} />
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button
          type="submit"
          kind="primary"
          data-testid="save-link"
          disabled={save.isPending || ad.adId === ''}
        >
          {link ? 'Save changes' : 'Create link'}
        </Button>
      </div>
    </form>
  );
}
