import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { Button } from '../ui/Button.js';

/** A page whose code failed, or could not be loaded (after an update of the server its old parts are gone). */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div role="alert" className="mx-auto max-w-lg py-20 text-center">
      <h1 className="text-lg font-semibold">This page couldn’t be displayed</h1>
      <p className="mt-1 break-words text-sm text-muted">
        {error instanceof Error ? error.message : String(error)}
      </p>
      <div className="mt-4 flex justify-center gap-2">
        <Button onClick={reset}>Try again</Button>
        <Button onClick={() => window.location.reload()}>Reload</Button>
      </div>
    </div>
  );
}

/** A page that the member's role does not open. */
export function NoAccess() {
  return (
    <div className="mx-auto max-w-lg py-20 text-center" data-testid="no-access">
      <h1 className="text-lg font-semibold">You don’t have access to this page</h1>
      <p className="mt-1 text-sm text-muted">Ask an owner of your organization to change your role.</p>
      <p className="mt-4">
        <Link to="/" className="text-accent underline underline-offset-2">
          Go to the overview
        </Link>
      </p>
    </div>
  );
}

export function NotFound() {
  return (
    <div className="mx-auto max-w-lg py-20 text-center">
      <h1 className="text-lg font-semibold">Page not found</h1>
      <p className="mt-2">
        <Link to="/" className="text-accent underline underline-offset-2">
          Go to Overview
        </Link>
      </p>
    </div>
  );
}
