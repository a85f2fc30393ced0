import type { VerifyReply } from '@clickledger/contract';
import { useMutation } from '@tanstack/react-query';
import { CircleCheck, FileDown, FileSpreadsheet, ShieldCheck, TriangleAlert } from 'lucide-react';
import { explain } from '../../api/http.js';
import { saveFile } from '../../export/save.js';
import { makeStatement } from '../../export/statement.js';
import { formatCount, formatSeconds } from '../../lib/format.js';
import { Button } from '../../ui/Button.js';
import { fetchStatement, statementFile, useVerify } from './queries.js';

/** A statement's number, its files, and whether it matches the ledger. */
export function StatementActions({ statementId, number }: { statementId: number; number: string }) {
  const verify = useVerify();
  const pdf = useMutation({
    mutationFn: async () => {
      const bytes = await makeStatement(await fetchStatement(statementId));
      saveFile(`statement-${number}.pdf`, bytes as BlobPart, 'application/pdf');
    },
  });
  const failed = verify.error ?? pdf.error;
  return (
    <span className="inline-flex flex-wrap items-center gap-0.5 font-normal" data-statement={number}>
      <span className="mr-1 font-mono text-xs text-muted">{number}</span>
      <Button
        kind="quiet"
        size="small"
        aria-label={`Download statement ${number} as PDF`}
        data-testid="statement-pdf"
        disabled={pdf.isPending}
        onClick={() => pdf.mutate()}
      >
        <FileDown aria-hidden="true" />
        PDF
      </Button>
      <a
        href={statementFile(statementId)}
        download
        aria-label={`Download statement ${number} as CSV`}
        data-testid="statement-csv"
        className="inline-flex h-7 items-center gap-1.5 rounded-md px-2 text-sm font-medium text-muted hover:bg-sunken hover:text-ink [&_svg]:size-4"
      >
        <FileSpreadsheet aria-hidden="true" />
        CSV
      </a>
      <Button
        kind="quiet"
        size="small"
        aria-label={`Verify statement ${number}`}
        title="Recalculate from the ledger"
        data-testid="statement-verify"
        disabled={verify.isPending}
        onClick={() => verify.mutate(statementId)}
      >
        <ShieldCheck aria-hidden="true" />
        {verify.isPending ? 'Verifying…' : 'Verify'}
      </Button>
      {verify.data && <Verdict found={verify.data} />}
      {failed && (
        <span role="alert" className="text-xs text-crit">
          {explain(failed).hint}
        </span>
      )}
    </span>
  );
}

const WORDS = {
  matches: 'Matches the ledger',
  differs: 'Differs from the ledger',
  not_kept: 'Clicks no longer retained',
} as const;

function Verdict({ found }: { found: VerifyReply }) {
  const good = found.result === 'matches';
  const Icon = good ? CircleCheck : TriangleAlert;
  return (
    <span
      role="status"
      data-testid="verdict"
      data-result={found.result}
      className={`inline-flex items-center gap-1 text-xs ${good ? 'text-good' : 'text-crit'}`}
      title={
        found.recomputed_checksum
          ? `Checksum ${found.checksum}; recalculated ${found.recomputed_checksum}`
          : undefined
      }
    >
      <Icon className="size-4" aria-hidden="true" />
      {WORDS[found.result]}
      {found.result === 'matches' && `: ${formatCount(found.clicks)} clicks, ${formatSeconds(found.seconds)}`}
      {found.differences.length > 0 && ` in ${found.differences.map(({ campaign_id: id }) => id).join(', ')}`}
    </span>
  );
}
