import { createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const CLIENT = 'clickledger';
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a test provider says of whoever comes; `nonce` is another than the one that was asked with, unless it is null. */
export interface OidcClaims {
  email: string;
  email_verified: boolean;
  nonce: string | null;
}

export interface OidcProvider {
  /** The server's settings for this provider. */
  settings: Record<'OIDC_ISSUER' | 'OIDC_NAME' | 'OIDC_CLIENT_ID' | 'OIDC_CLIENT_SECRET', string>;
  claims: OidcClaims;
  /** What the browser was last sent to the provider with. A browser sets it by coming; a test without one sets it itself. */
  asked: URL;
  /** Where browsers are sent back to, in place of the `redirect_uri` that they came with; null: there. */
  backTo: string | null;
  close: () => void;
}

/** Starts a provider that speaks OpenID Connect as far as the code flow needs it, and says whatever a test wants. */
export async function startOidcProvider(email: string): Promise<OidcProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  let issuer = '';
  function idToken(): string {
    const now = Math.floor(Date.now() / 1_000);
    const { nonce, ...said } = provider.claims;
    const body = {
      iss: issuer,
      aud: CLIENT,
      sub: 'somebody',
      iat: now,
      exp: now + 60,
      ...said,
      nonce: nonce ?? provider.asked.searchParams.get('nonce'),
    };
    const text = `${encode({ alg: 'RS256', kid: 'k' })}.${encode(body)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/authorize') {
      provider.asked = url;
      const back = new URL(provider.backTo ?? url.searchParams.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({
        code: 'abc',
        state: url.searchParams.get('state') ?? '',
      }).toString();
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    const answer = url.pathname.startsWith('/.well-known/')
      ? {
          issuer,
          ...{
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/keys`,
          },
          response_types_supported: ['code'],
          id_token_signing_alg_values_supported: ['RS256'],
        }
      : url.pathname === '/keys'
        ? { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] }
        : { access_token: 'x', token_type: 'Bearer', expires_in: 60, id_token: idToken() };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: OidcProvider = {
    settings: {
      OIDC_ISSUER: issuer,
      OIDC_NAME: 'the company',
      OIDC_CLIENT_ID: CLIENT,
      OIDC_CLIENT_SECRET: 'secret',
    },
    claims: { email, email_verified: true, nonce: null },
    asked: new URL(issuer),
    backTo: null,
    close: () => void server.close(),
  };
  return provider;
}
