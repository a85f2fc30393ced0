import { explain } from '../api/http.js';

/** What was wrong with what was sent; nothing without an error. */
export const FormError = ({ error }: { error: unknown }) =>
  error ? (
    <p role="alert" data-testid="form-error" className="text-sm text-crit">
      {explain(error).hint}
    </p>
  ) : null;
