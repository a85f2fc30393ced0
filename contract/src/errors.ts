import { z } from 'zod';

/** 400: which fields were wrong, and how. Same shape as zod's `flattenError`. */
export const ValidationErrorReply = z.object({
  error: z.object({
    formErrors: z.array(z.string()),
    fieldErrors: z.record(z.string(), z.array(z.string())),
  }),
});
export type ValidationErrorReply = z.infer<typeof ValidationErrorReply>;

/** Every other 4xx and 5xx. `code` is stable and for programs, `message` is for people. */
export const ErrorReply = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
});
export type ErrorReply = z.infer<typeof ErrorReply>;

/** Turns a zod error into the reply of a 400. */
export function toValidationReply(error: z.ZodError): ValidationErrorReply {
  const { formErrors, fieldErrors } = z.flattenError(error as z.ZodError<Record<string, unknown>>);
  const fields: Record<string, string[]> = {};
  for (const [name, messages] of Object.entries(fieldErrors)) fields[name] = messages ?? [];
  return { error: { formErrors, fieldErrors: fields } };
}
