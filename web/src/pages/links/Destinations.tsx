import { LIMITS, LINK_MACROS, whyNoDestination } from '@clickledger/contract';
import { Braces, Plus, Trash2 } from 'lucide-react';
import { useId, useRef } from 'react';
import { formatShare } from '../../lib/format.js';
import { Button } from '../../ui/Button.js';
import { Menu, MenuItem } from '../../ui/Menu.js';
import { type LinkDraft, NEW_DESTINATION, shareOf } from './link-draft.js';
import { MACRO_MEANINGS, type MacroValues, previewUrl, unknownMacros } from './preview.js';

type Draft = LinkDraft['destinations'][number];

interface Props {
  draft: LinkDraft;
  /** Of the preview's visitor and of the chosen ad. */
  values: MacroValues;
  /** What the server says is wrong with a field, by the API's name. */
  errorOf: (name: string) => string | undefined;
  onChange: (destinations: LinkDraft['destinations']) => void;
}

/** Where a link leads: one URL, or several of which each visitor gets one, by weight. */
export function Destinations({ draft, values, errorOf, onChange }: Props) {
  const { destinations } = draft;
  const isSplit = destinations.length > 1;
  const change = (index: number, part: Partial<Draft>) =>
    onChange(destinations.map((one, i) => (i === index ? { ...one, ...part } : one)));
  return (
    <fieldset className="space-y-3">
      <legend className="mb-1 text-sm font-medium">{isSplit ? 'Destinations' : 'Destination'}</legend>
      {destinations.map((destination, index) => (
        <Destination
          key={index}
          number={index + 1}
          draft={draft}
          values={values}
          destination={destination}
          error={errorOf(`destinations.${index}.url`) ?? errorOf(`destinations.${index}.weight`)}
          onChange={(part) => change(index, part)}
          onRemove={isSplit ? () => onChange(destinations.filter((_, i) => i !== index)) : undefined}
        />
      ))}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button
          size="small"
          data-testid="add-destination"
          disabled={destinations.length >= LIMITS.destinationsMax}
          onClick={() => onChange([...destinations, NEW_DESTINATION])}
        >
          <Plus aria-hidden="true" />
          Add destination
        </Button>
        <span className="text-xs text-muted">
          {isSplit ? 'Each visitor goes to one of them, by weight.' : 'Split traffic to compare pages.'}
        </span>
      </div>
      {errorOf('destinations') && <p className="text-xs text-crit">{errorOf('destinations')}</p>}
    </fieldset>
  );
}

interface OneProps {
  number: number;
  draft: LinkDraft;
  values: MacroValues;
  destination: Draft;
  error: string | undefined;
  onChange: (part: Partial<Draft>) => void;
  /** Absent: it is the only one. */
  onRemove: (() => void) | undefined;
}

function Destination({ number, draft, values, destination, error, onChange, onRemove }: OneProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const { url, weight } = destination;
  // Not before somebody has typed enough to be wrong.
  const problem = error ?? (url.includes('://') ? whyNoDestination(url.trim(), draft.allowsHttp) : null);
  const insert = (macro: string) => {
    const { selectionStart, selectionEnd } = field.current ?? {};
    const [start, end] = [selectionStart ?? url.length, selectionEnd ?? url.length];
    onChange({ url: `${url.slice(0, start)}{${macro}}${url.slice(end)}` });
  };
  return (
    <div>
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={field}
          className="control h-9 min-w-48 flex-1"
          aria-label={onRemove ? `Destination ${number}` : 'Destination URL'}
          aria-describedby={`${id}-preview`}
          aria-invalid={problem ? true : undefined}
          data-testid={`destination-${number}`}
          inputMode="url"
          required
          placeholder="https://shop.example/landing?cid={click_id}"
          value={url}
          onChange={({ target }) => onChange({ url: target.value })}
        />
        <Menu
          trigger={
            <Button
              className="h-9"
              data-testid={`macros-${number}`}
              aria-label={`Insert a macro into destination ${number}`}
            >
              <Braces aria-hidden="true" />
              Macro
            </Button>
          }
        >
          {LINK_MACROS.map((macro) => (
            <MenuItem key={macro} onSelect={() => insert(macro)}>
              <code className="font-mono text-xs">{`{${macro}}`}</code>
              <span className="ml-auto pl-6 text-xs text-muted">{MACRO_MEANINGS[macro]}</span>
            </MenuItem>
          ))}
        </Menu>
        {onRemove && (
          <span className="flex items-center gap-2">
            <input
              className="control h-9 w-20"
              type="number"
              min={1}
              max={LIMITS.destinationWeightMax}
              required
              aria-label={`Weight of destination ${number}`}
              value={weight}
              onChange={({ target }) => onChange({ weight: target.value })}
            />
            <span className="w-12 text-right text-xs text-muted">
              {formatShare(shareOf(weight, draft.destinations))}
            </span>
            <Button kind="quiet" size="icon" aria-label={`Remove destination ${number}`} onClick={onRemove}>
              <Trash2 aria-hidden="true" />
            </Button>
          </span>
        )}
      </div>
      <div id={`${id}-preview`} className="mt-1 text-xs text-muted" data-testid={`preview-${number}`}>
        {problem ? (
          <p className="text-crit">{problem}</p>
        ) : (
          <Preview url={url} values={values} draft={draft} />
        )}
      </div>
    </div>
  );
}

/** The URL that a visitor would be sent to. */
function Preview({ url, values, draft }: { url: string; values: MacroValues; draft: LinkDraft }) {
  const unknown = unknownMacros(url);
  const preview = previewUrl(url.trim(), values, '', draft);
  if (preview === null) return <p>Macros such as {'{click_id}'} are filled in for each click.</p>;
  return (
    <>
      <p>
        Example: <span className="break-all font-mono text-ink">{preview}</span>
      </p>
      {unknown.length > 0 && (
        <p className="text-warn">{`Unknown macro: ${unknown.join(', ')}. It becomes empty.`}</p>
      )}
    </>
  );
}
