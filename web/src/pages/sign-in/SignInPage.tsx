import { Navigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useMe, useResetRequest, useSignIn } from '../../api/access.js';
import { ApiError } from '../../api/http.js';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { Card } from './Card.js';

const OIDC_PROBLEMS: Record<string, string> = {
  unreachable: 'The identity provider can’t be reached.',
  expired: 'Sign-in timed out. Try again.',
  refused: 'The identity provider’s response was not accepted.',
  unknown: 'No member has this email address. Ask an owner for an invitation.',
  unconfirmed:
    'Your email address isn’t confirmed yet. Sign in with your password, then confirm it on your account page.',
  choose: 'You’re a member of several organizations. Choose one.',
};

/** Email and password, then the second factor of members who have one. */
export function SignInPage() {
  const me = useMe();
  const { oidc: problem, tenants } = useSearch({ strict: false }) as { oidc?: string; tenants?: string };
  if (me.data?.member) return <Navigate to="/" />;
  if (me.data?.needs_second_factor) return <SecondFactor />;
  return (
    <Card title="Sign in">
      <Password canMail={me.data?.can_mail ?? false} />
      {me.data?.oidc && (
        <a
          href="/api/v1/auth/oidc/start"
          className="control flex h-9 items-center justify-center font-medium"
          data-testid="oidc"
        >
          Sign in with {me.data.oidc}
        </a>
      )}
      {problem && (
        <p role="alert" className="text-sm text-crit">
          {OIDC_PROBLEMS[problem] ?? 'Sign-in failed.'}
        </p>
      )}
      {problem === 'choose' &&
        tenants?.split(',').map((slug) => (
          <a
            key={slug}
            href={`/api/v1/auth/oidc/start?tenant=${encodeURIComponent(slug)}`}
            className="control flex h-9 items-center justify-center font-medium"
          >
            {slug}
          </a>
        ))}
    </Card>
  );
}

function Password({ canMail }: { canMail: boolean }) {
  const signIn = useSignIn('POST /api/v1/auth/sign-in');
  const tenants = signIn.error instanceof ApiError ? signIn.error.tenants : [];
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ email, password });
  };
  return (
    <form className="space-y-4" onSubmit={submit}>
      <Field
        label="Email"
        type="email"
        autoComplete="username"
        required
        autoFocus
        value={email}
        onChange={({ target }) => setEmail(target.value)}
      />
      <Field
        label="Password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={({ target }) => setPassword(target.value)}
      />
      <FormError error={signIn.error} />
      {tenants.map(({ slug, name }) => (
        <Button
          key={slug}
          className="h-9 w-full"
          disabled={signIn.isPending}
          onClick={() => signIn.mutate({ email, password, tenant: slug })}
        >
          {name}
        </Button>
      ))}
      <Button type="submit" kind="primary" className="h-9 w-full" disabled={signIn.isPending}>
        {signIn.isPending ? 'Signing in…' : 'Sign in'}
      </Button>
      <Forgotten email={email} canMail={canMail} />
    </form>
  );
}

function Forgotten({ email, canMail }: { email: string; canMail: boolean }) {
  const ask = useResetRequest();
  const [shown, setShown] = useState(false);
  if (ask.isSuccess)
    return (
      <p role="status" className="text-sm">
        If {email} is a member, we sent a reset link.
      </p>
    );
  if (shown && !canMail)
    return (
      <p role="status" className="text-sm text-muted">
        Email isn’t configured. Your server administrator can create a link with{' '}
        <code className="font-mono text-xs">npm run access -- reset-link EMAIL</code>
      </p>
    );
  return (
    <>
      <button
        type="button"
        className="text-sm text-accent underline-offset-2 hover:underline disabled:text-muted"
        disabled={canMail && email === ''}
        onClick={() => (canMail ? ask.mutate(email) : setShown(true))}
      >
        Forgot password?
      </button>
      <FormError error={ask.error} />
    </>
  );
}

function SecondFactor() {
  const check = useSignIn('POST /api/v1/auth/second-factor');
  const [code, setCode] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    check.mutate({ code });
  };
  return (
    <Card title="Two-factor authentication">
      <form className="space-y-4" onSubmit={submit}>
        <Field
          label="Code"
          hint="The 6-digit code from your authenticator app, or a recovery code."
          inputMode="text"
          autoComplete="one-time-code"
          required
          autoFocus
          value={code}
          onChange={({ target }) => setCode(target.value)}
        />
        <FormError error={check.error} />
        <Button type="submit" kind="primary" className="h-9 w-full" disabled={check.isPending}>
          Verify
        </Button>
      </form>
    </Card>
  );
}
