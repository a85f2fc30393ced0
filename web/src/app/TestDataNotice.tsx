import { FlaskConical } from 'lucide-react';
import { useSwitchTestData } from '../api/test-data.js';
import { useTestData } from '../state/test-data.js';

/** Says that the pages show test data, while they do, and what they show live all the same. */
export function TestDataNotice() {
  const isOn = useTestData((state) => state.isOn);
  const switchTo = useSwitchTestData();
  if (!isOn) return null;
  return (
    <aside
      aria-label="Test data"
      data-testid="test-data"
      className="flex items-center gap-2 border-b border-line bg-warn-soft px-4 py-1.5 text-xs text-ink sm:px-6"
    >
      <FlaskConical className="size-3.5 shrink-0" aria-hidden="true" />
      <p>
        Showing test data.{' '}
        <span className="max-sm:hidden">Rules, billing, and settings are always live. </span>
        <button
          type="button"
          className="font-medium underline underline-offset-2"
          onClick={() => switchTo(false)}
        >
          Show live data
        </button>
      </p>
    </aside>
  );
}
