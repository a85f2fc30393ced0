import { useGenerator } from '../generator/store.js';
import { HealthLight } from './HealthLight.js';
import { Logo } from './Logo.js';

/** Product name, health light, and the way to the test clicks. */
export function Header() {
  const { open, setOpen, phase, progress } = useGenerator();
  const running = phase === 'running' || phase === 'stopping';
  return (
    <header className="flex items-center gap-1.5 border-b sm:gap-3 border-line py-3">
      <a href="/" className="mr-auto flex items-center gap-2.5 font-semibold sm:text-lg tracking-tight">
        <Logo />
        ClickLedger
      </a>
      <HealthLight />
      <button
        type="button"
        className="button"
        data-testid="generator-toggle"
        aria-expanded={open}
        aria-controls="generator"
        onClick={() => setOpen(!open)}
      >
        {running
          ? `${Math.floor((100 * progress.sent) / Math.max(1, progress.total))} % sent`
          : 'Test clicks'}
      </button>
    </header>
  );
}
