import type { ConversionAction } from '@clickledger/contract';
import { Pencil, Plus } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../app/may.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { ActionForm, COUNTINGS } from './ActionForm.js';
import { useConversionActions, useSaveAction } from './action-queries.js';
import { amountText } from './conversion-text.js';

const daysText = (days: number) => `${days} ${days === 1 ? 'day' : 'days'}`;

/** What conversions mean: their windows, their default values, how they are counted. */
export function Actions() {
  const actions = useConversionActions();
  const mayChange = useMay('PATCH /api/v1/conversion-actions/:action');
  const [edited, setEdited] = useState<ConversionAction | 'new' | null>(null);
  const all = actions.data?.data ?? [];
  return (
    <Panel
      title="Conversion actions"
      testId="conversion-actions"
      actions={
        mayChange && (
          <Button size="small" data-testid="new-action" onClick={() => setEdited('new')}>
            <Plus aria-hidden="true" />
            Create action
          </Button>
        )
      }
    >
      {actions.isError && (
        <ErrorNote error={actions.error} what="Conversion actions" retry={() => void actions.refetch()} />
      )}
      {actions.isPending && <SkeletonRows count={3} />}
      {actions.data && all.length === 0 && (
        <p className="py-8 text-center text-sm text-muted">
          No actions yet. An action is created with its first conversion, or here.
        </p>
      )}
      {all.length > 0 && (
        <ScrollArea label="Conversion actions, as a table">
          <table className="w-full text-sm">
            <thead className="text-xs text-muted">
              <tr className="border-b border-line text-left *:px-2 *:pb-1.5 *:font-medium">
                <th scope="col">Action</th>
                <th scope="col">Click window</th>
                <th scope="col" className="max-sm:hidden">
                  User window
                </th>
                <th scope="col" className="max-sm:hidden">
                  Counting
                </th>
                <th scope="col" className="text-right! max-sm:hidden">
                  Default value
                </th>
                <th scope="col">Status</th>
                {mayChange && (
                  <th scope="col">
                    <span className="sr-only">Edit</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {all.map((one) => (
                <ActionRow key={one.action} of={one} onEdit={mayChange ? () => setEdited(one) : null} />
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      <Dialog
        title={edited === 'new' ? 'Create action' : 'Edit action'}
        open={edited !== null}
        onClose={() => setEdited(null)}
        testId="action-dialog"
      >
        {edited && <ActionForm action={edited === 'new' ? null : edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </Panel>
  );
}

function ActionRow({ of, onEdit }: { of: ConversionAction; onEdit: (() => void) | null }) {
  const save = useSaveAction(of);
  const isActive = of.status === 'active';
  return (
    <tr data-action={of.action} className="border-b border-line last:border-0 *:h-11 *:px-2">
      <td className="font-medium">
        {of.name ?? of.action}
        {of.name && <span className="block text-xs font-normal text-muted">{of.action}</span>}
      </td>
      <td>{daysText(of.click_window_days)}</td>
      <td className="max-sm:hidden">{daysText(of.user_window_days)}</td>
      <td className="max-sm:hidden">{COUNTINGS[of.counting]}</td>
      <td className="text-right max-sm:hidden">
        {of.default_value_micros === null ? (
          <span className="text-muted">None</span>
        ) : (
          amountText(of.default_value_micros, of.default_currency ?? '')
        )}
      </td>
      <td>
        {isActive ? 'Active' : <span title="Conversions of this action are refused">Paused</span>}
        <FormError error={save.error} />
      </td>
      {onEdit && (
        <td className="text-right whitespace-nowrap">
          <Button
            kind="quiet"
            size="small"
            disabled={save.isPending}
            onClick={() =>
              save.mutate({ name: of.action, change: { status: isActive ? 'paused' : 'active' } })
            }
          >
            {isActive ? 'Pause' : 'Resume'}
          </Button>
          <Button kind="quiet" size="icon-small" aria-label={`Edit ${of.action}`} onClick={onEdit}>
            <Pencil aria-hidden="true" />
          </Button>
        </td>
      )}
    </tr>
  );
}
