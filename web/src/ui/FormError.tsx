import { ApiError, explain } from '../api/http.js';
import { fieldLabel } from '../lib/field-labels.js';

/** What was wrong with what was sent, by the names that the form has; nothing without an error. */
export const FormError = ({ error }: { error: unknown }) =>
  error ? (
    <p role="alert" data-testid="form-error" className="text-sm text-crit">
      {formErrorText(error)}
    </p>
  ) : null;

/** The same as a text. */
export function formErrorText(error: unknown): string {
  const fields = error instanceof ApiError ? Object.entries(error.fieldErrors) : [];
  if (fields.length === 0) return error instanceof RangeError ? error.message : explain(error).hint;
  // A back-test names the rules below `rules`.
  const pathOf = (name: string) => name.split('.').filter((part, i) => i > 0 || part !== 'rules');
  return fields.map(([name, messages]) => `${fieldLabel(pathOf(name))}: ${messages.join(', ')}`).join('. ');
}
