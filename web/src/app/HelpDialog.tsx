import { PRESET_NAMES, PRESETS } from '../lib/presets.js';
import { Dialog } from '../ui/Dialog.js';
import { usePages } from './may.js';
import { useOverlay } from './overlay.js';

const ANYWHERE = [
  { keys: ['/'], does: 'Search campaigns, ads, clicks, pages' },
  { keys: ['?'], does: 'Keyboard shortcuts' },
  { keys: ['d'], does: 'Switch between light and dark' },
  { keys: ['x'], does: 'Remove all filters' },
  { keys: ['c'], does: 'Turn comparison on or off' },
  { keys: ['Esc'], does: 'Close dialog' },
];

/** The keyboard shortcuts. */
export function HelpDialog() {
  const { shown, hide } = useOverlay();
  const pages = usePages();
  return (
    <Dialog title="Keyboard shortcuts" open={shown === 'help'} onClose={() => hide('help')} testId="help">
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        <Keys title="Anywhere" rows={ANYWHERE} />
        <Keys
          title="Go to a page"
          rows={pages.map(({ key, label }) => ({ keys: ['g', key], does: label }))}
        />
        <Keys
          title="Time range"
          rows={PRESET_NAMES.map((name) => ({ keys: [PRESETS[name].key], does: PRESETS[name].label }))}
        />
      </div>
    </Dialog>
  );
}

function Keys({
  title,
  rows,
}: {
  title: string;
  rows: readonly { keys: readonly string[]; does: string }[];
}) {
  return (
    <section>
      <h3 className="mb-1.5 text-sm font-medium text-muted">{title}</h3>
      <dl className="space-y-1 text-sm">
        {rows.map(({ keys, does }) => (
          <div key={does} className="flex items-center justify-between gap-4">
            <dt>{does}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-6 rounded border border-line bg-sunken px-1.5 py-0.5 text-center font-sans text-xs"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
