import { Button } from '../../ui/Button.js';

interface Props {
  /** A search or a status leaves links out. */
  isNarrowed: boolean;
  onClear: () => void;
  /** Null: for somebody who may not create any. */
  onCreate: (() => void) | null;
}

/** Why there are no links in the list, and what to do about it. */
export const NoLinks = ({ isNarrowed, onClear, onCreate }: Props) => (
  <div className="flex flex-col items-center gap-4 py-12 text-center" data-testid="no-links">
    <div>
      <h2 className="font-semibold">{isNarrowed ? 'No matching links' : 'No links yet'}</h2>
      <p className="mt-1 max-w-prose text-sm text-muted">
        {isNarrowed
          ? 'Try another search or status.'
          : 'Put a tracking link behind an ad. Each click is counted and sent on to your page with its click ID.'}
      </p>
    </div>
    {isNarrowed ? (
      <Button onClick={onClear}>Clear search</Button>
    ) : (
      onCreate && (
        <Button kind="primary" onClick={onCreate}>
          Create link
        </Button>
      )
    )}
  </div>
);
