import { LIMITS } from '@clickledger/contract';
import { useState } from 'react';
import { useChangePassword, useMe } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Panel } from '../../ui/Panel.js';
import { SecondFactor } from './SecondFactor.js';

/** The signed-in member's password and two-factor authentication. */
export function AccountPage() {
  const { member: me, oidc } = useMe().data ?? {};
  return (
    <>
      <PageHeader title="Your account" />
      {me?.email ? (
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <Password email={me.email} />
          <SecondFactor isOn={me.has_second_factor} />
          {oidc && (
            <Panel title={`Sign in with ${oidc}`}>
              <p className="mb-3 max-w-prose text-sm text-muted">
                Confirm once that this email address is yours there. From then on you can sign in without your
                password.
              </p>
              <a
                href="/api/v1/auth/oidc/start"
                className="control inline-flex h-9 items-center px-3 text-sm font-medium"
                data-testid="oidc-confirm"
              >
                Confirm with {oidc}
              </a>
            </Panel>
          )}
        </div>
      ) : (
        <p className="text-sm text-muted">No one is signed in. Only this machine can connect.</p>
      )}
    </>
  );
}

function Password({ email }: { email: string }) {
  const change = useChangePassword();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  return (
    <Panel title="Password">
      <form
        className="max-w-sm space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { current_password: current, password },
            {
              onSuccess: () => {
                setCurrent('');
                setPassword('');
              },
            },
          );
        }}
      >
        <input type="hidden" autoComplete="username" value={email} readOnly />
        <Field
          label="Current password"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={({ target }) => setCurrent(target.value)}
        />
        <Field
          label="New password"
          hint={`At least ${LIMITS.passwordLengthMin} characters. You are signed out everywhere else.`}
          type="password"
          autoComplete="new-password"
          required
          minLength={LIMITS.passwordLengthMin}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
        <FormError error={change.error} />
        {change.isSuccess && (
          <p role="status" className="text-sm text-good">
            Password changed.
          </p>
        )}
        <Button type="submit" disabled={change.isPending}>
          Change password
        </Button>
      </form>
    </Panel>
  );
}
