import type { RuleSettings } from '@clickledger/contract';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { FormError } from '../../ui/FormError.js';
import { Changes } from '../audit/Changes.js';
import type { RulesThen } from './History.js';
import { useSaveRules } from './queries.js';
import { changedRules, settingChanges } from './rule-fields.js';

interface Props {
  inForce: RuleSettings;
  then: RulesThen;
  onClose: () => void;
}

/** Says what restoring would change, and does it as a new version. */
export function RestoreDialog({ inForce, then, onClose }: Props) {
  const save = useSaveRules();
  const name = then.label.replace('Version', 'version');
  return (
    <Dialog
      title={`Restore ${name}?`}
      open
      onClose={onClose}
      testId="restore-dialog"
      className="w-[min(32rem,calc(100vw-2rem))]"
    >
      <p className="mb-2 text-sm">This creates a new version. It applies to new clicks within 5 seconds.</p>
      <div className="text-sm">
        <Changes changes={settingChanges(inForce, then.settings)} />
      </div>
      <FormError error={save.error} />
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          data-testid="restore-confirm"
          disabled={save.isPending}
          onClick={() =>
            save.mutate(
              { ...changedRules(inForce, then.settings), note: `Restored ${name}` },
              { onSuccess: onClose },
            )
          }
        >
          Restore
        </Button>
      </div>
    </Dialog>
  );
}
