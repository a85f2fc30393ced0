import { LIMITS } from '@clickledger/contract';
import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';

/** Chooses a password; with `email` null the address is asked for as well. */
export function NewPassword({
  email,
  action,
  isPending,
  error,
  onChosen,
}: {
  email: string | null;
  action: string;
  isPending: boolean;
  error: unknown;
  onChosen: (chosen: { email: string; password: string }) => void;
}) {
  const [typed, setTyped] = useState(email ?? '');
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChosen({ email: typed, password });
  };
  return (
    <form className="space-y-4" onSubmit={submit}>
      <Field
        label="Email"
        type="email"
        autoComplete="username"
        required
        readOnly={email !== null}
        autoFocus={email === null}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
      <Field
        label="New password"
        hint={`At least ${LIMITS.passwordLengthMin} characters. A passphrase works well.`}
        type="password"
        autoComplete="new-password"
        required
        minLength={LIMITS.passwordLengthMin}
        autoFocus={email !== null}
        value={password}
        onChange={({ target }) => setPassword(target.value)}
      />
      <FormError error={error} />
      <Button type="submit" kind="primary" className="h-9 w-full" disabled={isPending}>
        {action}
      </Button>
    </form>
  );
}
