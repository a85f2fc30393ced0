import { useState } from 'react';
import { useSecondFactor } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';
import { QrCode } from '../../ui/QrCode.js';

/** Turns two-factor authentication by an authenticator app on and off. */
export function SecondFactor({ isOn }: { isOn: boolean }) {
  const { begin, enable, disable } = useSecondFactor();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const codes = enable.data?.recovery_codes;
  return (
    <Panel title="Two-factor authentication" testId="second-factor">
      {codes ? (
        <div className="space-y-3 text-sm" role="status">
          <p>
            Two-factor authentication is on. Save these recovery codes now. Each works once if you lose your
            device, and they won’t be shown again.
          </p>
          <pre className="rounded-lg bg-sunken p-3 font-mono text-xs" data-testid="recovery-codes">
            {codes.join('\n')}
          </pre>
          <CopyButton text={codes.join('\n')} label="Copy codes" />
        </div>
      ) : (
        <form
          className="max-w-sm space-y-4 text-sm"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isOn && !begin.data) begin.mutate(password, { onSuccess: () => setPassword('') });
            else (isOn ? disable : enable).mutate(code, { onSuccess: () => setCode('') });
          }}
        >
          <p className="text-muted">
            {isOn
              ? 'On. You enter a code from your authenticator app after your password.'
              : 'Enter a code from an authenticator app after your password. A second factor protects you if your password leaks.'}
          </p>
          {!isOn && !begin.data && (
            <>
              <Field
                label="Your password"
                type="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={({ target }) => setPassword(target.value)}
              />
              <Button type="submit" data-testid="begin-totp" disabled={begin.isPending}>
                Set up
              </Button>
            </>
          )}
          {begin.data && !isOn && (
            <>
              <QrCode text={begin.data.uri} label="QR code" />
              <p>
                Scan the code with your app, or enter{' '}
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
                {isOn ? 'Turn off' : 'Turn on'}
              </Button>
            </>
          )}
          <FormError error={begin.error ?? enable.error ?? disable.error} />
        </form>
      )}
    </Panel>
  );
}
