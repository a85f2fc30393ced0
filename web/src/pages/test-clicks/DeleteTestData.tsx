import { useState } from 'react';
import { useDeleteTestData } from '../../api/test-data.js';
import { useMay } from '../../app/may.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { FormError } from '../../ui/FormError.js';

/** Deletes all test data, after a question. */
export function DeleteTestData({ disabled }: { disabled: boolean }) {
  const remove = useDeleteTestData();
  const [asked, setAsked] = useState(false);
  if (!useMay('DELETE /api/v1/test-data')) return null;
  return (
    <>
      <Button kind="danger" data-testid="delete-test-data" disabled={disabled} onClick={() => setAsked(true)}>
        Delete test data…
      </Button>
      <Dialog
        title="Delete test data?"
        open={asked}
        onClose={() => setAsked(false)}
        className="w-[min(28rem,calc(100vw-2rem))]"
      >
        <p className="text-sm">
          All test clicks and test campaigns of your organization disappear from every page. Live data doesn’t
          change.
        </p>
        <FormError error={remove.error} />
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={() => setAsked(false)}>Cancel</Button>
          <Button
            kind="danger"
            data-testid="delete-test-data-confirm"
            disabled={remove.isPending}
            onClick={() => remove.mutate(undefined, { onSuccess: () => setAsked(false) })}
          >
            Delete
          </Button>
        </div>
      </Dialog>
    </>
  );
}
