import type { LinkImportReply } from '@clickledger/contract';
import { type ChangeEvent, useState } from 'react';
import { formatCount } from '../../lib/format.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { FormError } from '../../ui/FormError.js';
import { useImportLinks } from './link-queries.js';

const EXAMPLE = `ad_id,destination,name,slug
ad-1,https://shop.example/spring?cid={click_id},Spring banner,spring
ad-2,https://shop.example/sale?cid={click_id},,
`;
const linksText = (count: number) => `${formatCount(count)} ${count === 1 ? 'link' : 'links'}`;

/** Creates links from a CSV file: all of it, or nothing. The file is checked as soon as it is chosen. */
export function ImportLinks({ onDone }: { onDone: () => void }) {
  const [csv, setCsv] = useState('');
  const check = useImportLinks();
  const make = useImportLinks();
  const choose = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const text = (await target.files?.[0]?.text()) ?? '';
    make.reset();
    check.reset();
    setCsv(text);
    if (text !== '') check.mutate({ csv: text, dry_run: true });
  };
  const reply = make.data ?? check.data;
  const isDone = (make.data?.made ?? 0) > 0;
  return (
    <div className="space-y-4 text-sm">
      <p>
        One link per row. <code className="font-mono text-xs">ad_id</code> and{' '}
        <code className="font-mono text-xs">destination</code> are required. The other columns are those of
        the export. If a row has an error, no link is created.
      </p>
      <div>
        <div className="mb-1 flex items-center">
          <h3 className="mr-auto font-medium">Example</h3>
          <CopyButton text={EXAMPLE} />
        </div>
        <pre className="overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-xs">{EXAMPLE}</pre>
      </div>
      <label className="block">
        <span className="mb-1 block font-medium">CSV file</span>
        <input
          type="file"
          accept=".csv,text/csv"
          data-testid="links-file"
          className="control h-auto w-full py-1.5"
          onChange={(event) => void choose(event)}
        />
      </label>
      {check.isPending && <p role="status">Checking the file…</p>}
      <FormError error={make.error ?? check.error} />
      {reply && <Outcome reply={reply} isDone={isDone} />}
      <div className="flex justify-end gap-2">
        {isDone ? (
          <Button kind="primary" onClick={onDone}>
            Done
          </Button>
        ) : (
          <Button
            kind="primary"
            data-testid="run-import"
            disabled={!check.data || check.data.errors.length > 0 || check.data.rows === 0 || make.isPending}
            onClick={() => make.mutate({ csv, dry_run: false })}
          >
            {check.data && check.data.errors.length === 0 ? `Import ${linksText(check.data.rows)}` : 'Import'}
          </Button>
        )}
      </div>
    </div>
  );
}

/** What the check of a file found, or what was made of it. */
function Outcome({ reply: { rows, made, errors }, isDone }: { reply: LinkImportReply; isDone: boolean }) {
  if (errors.length === 0)
    return (
      <p role="status" data-testid="import-outcome" className="text-good">
        {isDone ? `${linksText(made)} created.` : `${linksText(rows)} ready to import.`}
      </p>
    );
  return (
    <div role="alert" data-testid="import-outcome">
      <p className="text-crit">Fix these errors and choose the file again. Nothing was imported.</p>
      <ul className="mt-2 max-h-48 divide-y divide-line overflow-y-auto">
        {errors.map(({ line, column, message }) => (
          <li key={`${line} ${column} ${message}`} className="py-1">
            Line {line}, <code className="font-mono text-xs">{column}</code>: {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
