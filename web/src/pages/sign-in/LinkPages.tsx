import { LIMITS } from '@clickledger/contract';
import { Link, Navigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useInvitation, useMe, useReset, useSignIn } from '../../api/access.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { Card } from './Card.js';
import { NewPassword } from './NewPassword.js';

/** A link's token follows the #, which browsers send to no server. */
const tokenOfPage = () => window.location.hash.slice(1);

/** Creates the first owner, while no access is configured. */
export function SetupPage() {
  const me = useMe();
  const setUp = useSignIn('POST /api/v1/auth/setup');
  if (setUp.isSuccess || me.data?.mode === 'configured') return <Navigate to="/" />;
  return (
    <Card title="Create owner account">
      <p className="text-sm text-muted">
        After this, everyone must sign in, API calls need a key, and the server can accept outside
        connections.
      </p>
      <NewPassword
        email={null}
        action="Create owner"
        isPending={setUp.isPending}
        error={setUp.error}
        onChosen={(chosen) => setUp.mutate(chosen)}
      />
    </Card>
  );
}

/** Accepts an invitation. */
export function InvitationPage() {
  const [token] = useState(tokenOfPage);
  const invitation = useInvitation(token);
  const accept = useSignIn('POST /api/v1/auth/invitation/accept');
  if (accept.isSuccess) return <Navigate to="/" />;
  return (
    <Card title="Welcome">
      {invitation.isPending && <p className="text-sm text-muted">Loading invitation…</p>}
      <FormError error={invitation.error} />
      {invitation.data && (
        <>
          <p className="text-sm text-muted">
            You’re invited to {invitation.data.tenant} as {invitation.data.role}. Choose a password.
          </p>
          <NewPassword
            email={invitation.data.email}
            action="Join"
            isPending={accept.isPending}
            error={accept.error}
            onChosen={({ password }) => accept.mutate({ token, password })}
          />
        </>
      )}
    </Card>
  );
}

/** Chooses a new password by a link. */
export function ResetPage() {
  const [token] = useState(tokenOfPage);
  const reset = useReset();
  const [password, setPassword] = useState('');
  return (
    <Card title="Choose a new password">
      {reset.isSuccess ? (
        <p role="status" className="text-sm">
          Password changed.{' '}
          <Link to="/sign-in" className="text-accent underline">
            Sign in
          </Link>
        </p>
      ) : (
        <form
          className="space-y-4"
          onSubmit={(event) => {
            event.preventDefault();
            reset.mutate({ token, password });
          }}
        >
          <Field
            label="New password"
            type="password"
            autoComplete="new-password"
            required
            minLength={LIMITS.passwordLengthMin}
            autoFocus
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
          <FormError error={reset.error} />
          <button
            type="submit"
            className="h-9 w-full rounded-md bg-accent text-sm font-medium text-accent-ink"
            disabled={reset.isPending}
          >
            Save password
          </button>
        </form>
      )}
    </Card>
  );
}
