import { useSwitchTestData } from '../api/test-data.js';
import { useTestData } from '../state/test-data.js';

/** Shows test data in place of live data, on every page that has figures or clicks. */
export function TestDataSwitch() {
  const isOn = useTestData((state) => state.isOn);
  const switchTo = useSwitchTestData();
  return (
    <label className="mb-1 flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-sm text-muted hover:bg-sunken hover:text-ink lg:h-8">
      <input
        type="checkbox"
        className="size-4 shrink-0 accent-(--c-accent)"
        data-testid="test-data-switch"
        checked={isOn}
        onChange={({ target }) => switchTo(target.checked)}
      />
      Test data
    </label>
  );
}
