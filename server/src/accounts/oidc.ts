import * as client from 'openid-client';
import { isLoopback } from '../lib/loopback.js';

/** Where and as whom to ask. */
export interface OidcOptions {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** What the button says. */
  name: string;
  /** Where the provider sends people back to. */
  redirectUrl: string;
}

/** What has to be kept, in a cookie of the browser that asked, until the provider sends it back. */
export interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  /** The slug of the organization that was asked for; null: any. */
  tenant: string | null;
}

/** Signing in elsewhere, by OpenID Connect: the authorization code flow with PKCE. */
export class Oidc {
  #configuration: Promise<client.Configuration> | null = null;

  constructor(private readonly options: OidcOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Where to send the browser. Throws when the provider can't be reached. */
  async begin(tenant: string | null): Promise<{ url: URL; pending: Pending }> {
    const configuration = await this.#discover();
    const pending = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      tenant,
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.options.redirectUrl,
      scope: 'openid email',
      code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
      state: pending.state,
      nonce: pending.nonce,
    });
    return { url, pending };
  }

  /**
   * The address of whoever the provider says it was; null when the provider doesn't vouch for it. Throws when the answer is
   * not one to what this browser was sent to ask.
   *
   * @param search the query string that the browser came back with
   */
  async finish(search: string, pending: Pending): Promise<string | null> {
    const tokens = await client.authorizationCodeGrant(
      await this.#discover(),
      new URL(`${this.options.redirectUrl}${search}`),
      { pkceCodeVerifier: pending.verifier, expectedState: pending.state, expectedNonce: pending.nonce },
    );
    const claims = tokens.claims();
    // Some providers let anybody write any address.
    if (claims?.email_verified !== true || typeof claims.email !== 'string') return null;
    return claims.email.toLowerCase();
  }

  /** The provider's addresses and keys; asked again after a failure. */
  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.options;
    const url = new URL(issuer);
    // Without TLS on this machine alone, as for a test.
    const execute = isLoopback(url.hostname) ? [client.allowInsecureRequests] : [];
    this.#configuration ??= client
      .discovery(url, clientId, clientSecret, undefined, { execute })
      .catch((error: unknown) => {
        this.#configuration = null;
        throw error;
      });
    return this.#configuration;
  }
}
