import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { cn } from '../lib/cn.js';
import { Button } from './Button.js';

interface DialogProps {
  title: string;
  open: boolean;
  onClose: () => void;
  className?: string;
  children: ReactNode;
  testId?: string;
}

/**
 * A modal dialog: the browser's own element, which keeps the focus inside, closes on Escape, gives the focus back, and needs no
 * style element that a strict Content-Security-Policy would refuse.
 */
export function Dialog({ title, open, onClose, className, children, testId }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    if (open && dialog && !dialog.open) dialog.showModal();
    if (!open && dialog?.open) dialog.close();
  }, [open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; a click on the backdrop is one more way.
    <dialog
      ref={element}
      data-testid={testId}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === element.current && onClose()}
      className={cn(
        'm-auto max-h-[85dvh] w-[min(42rem,calc(100vw-2rem))] rounded-xl border border-line bg-raised p-0 text-ink shadow-2xl',
        className,
      )}
    >
      {open && (
        <div className="flex max-h-[85dvh] flex-col">
          <div className="flex items-center gap-3 border-b border-line px-4 py-2.5">
            <h2 id={titleId} className="mr-auto font-semibold">
              {title}
            </h2>
            <Button kind="quiet" size="icon" aria-label="Close" onClick={onClose}>
              <X aria-hidden="true" />
            </Button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on low screens, and has to by keyboard. */}
          <div className="min-h-0 overflow-y-auto p-4" tabIndex={0}>
            {children}
          </div>
        </div>
      )}
    </dialog>
  );
}
