import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { Button } from '../ui/Button.js';

/** A page whose code failed, or could not be loaded (after an update of the server its old parts are gone). */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div role="alert" className="mx-auto max-w-lg py-20 text-center">
      <h1 className="text-lg font-semibold">This page could not be shown</h1>
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

export function NotFound() {
  return (
    <div className="mx-auto max-w-lg py-20 text-center">
      <h1 className="text-lg font-semibold">There is no such page</h1>
      <p className="mt-2">
        <Link to="/" className="text-accent underline underline-offset-2">
          To the overview
        </Link>
      </p>
    </div>
  );
}
