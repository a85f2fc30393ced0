import { useMemo, useState } from 'react';
import { encode } from 'uqr';
import { useSecondFactor } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';

/** A picture that an app reads, always dark on light: so it is read best. */
function Picture({ text }: { text: string }) {
  const { data, size } = useMemo(() => encode(text, { border: 2 }), [text]);
  const path = data
    .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join('');
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      className="size-44 rounded-lg bg-white"
      role="img"
      aria-label="QR code"
    >
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}

/** Codes of an authenticator app as a second step of signing in. */
export function SecondFactor({ isOn }: { isOn: boolean }) {
  const { begin, enable, disable } = useSecondFactor();
  const [code, setCode] = useState('');
  const codes = enable.data?.recovery_codes;
  return (
    <Panel title="Second factor" testId="second-factor">
      {codes ? (
        <div className="space-y-3 text-sm" role="status">
          <p>
            It is in force. Keep these codes somewhere safe: each opens your account once when the app is
            lost, and they are shown only now.
          </p>
          <pre className="rounded-lg bg-sunken p-3 font-mono text-xs" data-testid="recovery-codes">
            {codes.join('\n')}
          </pre>
          <CopyButton text={codes.join('\n')} label="Copy the codes" />
        </div>
      ) : (
        <form
          className="max-w-sm space-y-4 text-sm"
          onSubmit={(event) => {
            event.preventDefault();
            (isOn ? disable : enable).mutate(code, { onSuccess: () => setCode('') });
          }}
        >
          <p className="text-muted">
            {isOn
              ? 'A code of your authenticator app is asked for after the password.'
              : 'An authenticator app makes a code that is asked for after the password: a password alone is stolen more easily.'}
          </p>
          {!isOn && !begin.data && (
            <Button data-testid="begin-totp" disabled={begin.isPending} onClick={() => begin.mutate()}>
              Set it up
            </Button>
          )}
          {begin.data && !isOn && (
            <>
              <Picture text={begin.data.uri} />
              <p>
                Scan it with the app, or type{' '}
                <code className="break-all font-mono text-xs" data-testid="totp-secret">
                  {begin.data.secret}
                </code>
              </p>
            </>
          )}
          {(isOn || begin.data) && (
            <>
              <Field
                label="Code"
                autoComplete="one-time-code"
                required
                value={code}
                onChange={({ target }) => setCode(target.value)}
              />
              <Button
                type="submit"
                kind={isOn ? 'danger' : 'primary'}
                disabled={enable.isPending || disable.isPending}
              >
                {isOn ? 'Give it up' : 'Put it in force'}
              </Button>
            </>
          )}
          <FormError error={begin.error ?? enable.error ?? disable.error} />
        </form>
      )}
    </Panel>
  );
}
