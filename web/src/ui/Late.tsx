import { Component, type ReactNode, Suspense } from 'react';
import { Button } from './Button.js';

interface Props {
  /** Names the part, where its code can't be loaded. */
  what: string;
  /** Of the size of the part. */
  skeleton: ReactNode;
  children: ReactNode;
}

/** A part of a page whose code comes later. When it never comes, the part says so and the rest of the page stays. */
export class Late extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError = () => ({ failed: true });

  override render() {
    const { what, skeleton, children } = this.props;
    if (!this.state.failed) return <Suspense fallback={skeleton}>{children}</Suspense>;
    return (
      <div role="alert" data-testid="part-error" className="flex flex-wrap items-center gap-3 py-3 text-sm">
        <p className="min-w-48 flex-1">
          {what} couldn’t be loaded. ClickLedger may have been updated since you opened this page.
        </p>
        <Button onClick={() => window.location.reload()}>Reload page</Button>
      </div>
    );
  }
}
