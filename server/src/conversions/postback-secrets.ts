import { createHmac, randomBytes } from 'node:crypto';
import { LIMITS, type MadePostbackSecret, type PostbackSecret } from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { type Database, ISO_UTC } from '../lib/sql.js';
import { hashToken, isSameSecret, postbackSecretOf } from '../lib/tokens.js';
import { NotFound, Told } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';

/** A secret as it is in force. */
export interface SecretInForce {
  secretId: number;
  tenantId: number;
  /** Its first characters. */
  hint: string;
}

interface StoredSecret extends SecretInForce {
  hash: Buffer;
  salt: Buffer;
  expiresAtMs: number | null;
}

/** Secrets that were read so long ago are read again before they are used: a revocation is in force on every node within 5 s. */
const READ_AGAIN_MS = 2_000;
const SALT_BYTES = 32;

/**
 * The postback secrets in force, held in memory while postbacks come. Nothing is asked while none do. While the ledger is away the last ones
 * stay in force.
 */
export class PostbackSecrets {
  #byHash = new Map<string, StoredSecret>();
  #byId = new Map<number, StoredSecret>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;

  /** @param parts.serverSecret of every node alike; the ledger does not have it */
  constructor(private readonly parts: { pool: pg.Pool; serverSecret: Buffer; now: () => number }) {}

  /** Whose secret this is; null when it is none in force. */
  async find(secret: string): Promise<SecretInForce | null> {
    await this.#read();
    return this.#inForce(this.#byHash.get(hashToken(secret).toString('hex')));
  }

  /**
   * Whose secret a text was signed with; null when the signature is wrong.
   *
   * @param signature HMAC-SHA-256 in hex, with the secret as the key
   */
  async findSigner(secretId: number, text: string, signature: string): Promise<SecretInForce | null> {
    await this.#read();
    const found = this.#byId.get(secretId);
    if (!found) return null;
    const { secret } = this.#make(found.tenantId, found.salt);
    // Made under another secret of the server, it can't be told what it was.
    if (!hashToken(secret).equals(found.hash)) return null;
    const expected = createHmac('sha256', secret).update(text).digest('hex');
    return isSameSecret(signature.toLowerCase(), expected) ? this.#inForce(found) : null;
  }

  /** A new secret, and what is stored of it. */
  generate(tenantId: number): { secret: string; hint: string; hash: Buffer; salt: Buffer } {
    const salt = randomBytes(SALT_BYTES);
    const { secret, hint } = this.#make(tenantId, salt);
    return { secret, hint, hash: hashToken(secret), salt };
  }

  /** What was changed before the call is in force here when it resolves. */
  async refresh(): Promise<void> {
    await this.#reading?.catch(() => undefined);
    this.#readAtMs = Number.NEGATIVE_INFINITY;
    await this.#read();
  }

  #make(tenantId: number, salt: Buffer) {
    const bytes = createHmac('sha256', this.parts.serverSecret)
      .update(`clickledger-1\0postback-secret\0${tenantId}\0`)
      .update(salt)
      .digest();
    return postbackSecretOf(bytes);
  }

  #inForce(found: StoredSecret | undefined): SecretInForce | null {
    if (!found || (found.expiresAtMs !== null && found.expiresAtMs <= this.parts.now())) return null;
    return found;
  }

  async #read(): Promise<void> {
    if (performance.now() - this.#readAtMs < READ_AGAIN_MS) return;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    try {
      await this.#reading;
    } catch (error) {
      if (this.#readAtMs === Number.NEGATIVE_INFINITY) throw error;
    }
  }

  async #readAll(): Promise<void> {
    const { rows } = await this.parts.pool.query<StoredSecret>({
      name: 'postback_secrets',
      text: `SELECT secret_id AS "secretId", tenant_id AS "tenantId", hint, secret_hash AS hash, salt,
          (extract(epoch FROM expires_at) * 1000)::bigint AS "expiresAtMs"
        FROM postback_secrets WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
    });
    this.#byHash = new Map(rows.map((row) => [row.hash.toString('hex'), row]));
    this.#byId = new Map(rows.map((row) => [row.secretId, row]));
    this.#readAtMs = performance.now();
  }
}

const IN_FORCE = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())';
const COLUMNS = `secret_id, hint, ${ISO_UTC('created_at')} AS created_at, created_by,
  ${ISO_UTC('expires_at')} AS expires_at, ${ISO_UTC('revoked_at')} AS revoked_at, ${IN_FORCE} AS is_in_force`;

/** The secrets of a tenant, newest first; those that have ended are listed as long as they are stored. */
export async function listPostbackSecrets(database: Database, tenantId: number): Promise<PostbackSecret[]> {
  const { rows } = await database.query<PostbackSecret>(
    `SELECT ${COLUMNS} FROM postback_secrets WHERE tenant_id = $1 ORDER BY secret_id DESC`,
    [tenantId],
  );
  return rows;
}

/**
 * Makes a secret; the one before goes on for a while.
 *
 * @throws Told 409 while two are in force, or when too many were made
 */
export const addPostbackSecret = (
  pool: pg.Pool,
  secrets: PostbackSecrets,
  { tenantId, actor, overlapSeconds }: { tenantId: number; actor: string; overlapSeconds: number },
): Promise<MadePostbackSecret> =>
  inTransaction(pool, async (client) => {
    // One at a time of a tenant. Not FOR UPDATE, which whoever registers something of the tenant would wait for.
    await client.query('SELECT FROM tenants WHERE tenant_id = $1 FOR NO KEY UPDATE', [tenantId]);
    const { rows } = await client.query<{ inForce: number; made: number }>(
      `SELECT count(*) FILTER (WHERE ${IN_FORCE})::integer AS "inForce",
         count(*) FILTER (WHERE created_at > now() - interval '1 day')::integer AS made
       FROM postback_secrets WHERE tenant_id = $1`,
      [tenantId],
    );
    const { inForce = 0, made = 0 } = rows[0] ?? {};
    if (inForce >= LIMITS.postbackSecretsMax)
      throw new Told(409, 'two_secrets_in_force', 'Two secrets are in force. Revoke one first.');
    if (made >= LIMITS.postbackSecretsMadePerDayMax)
      throw new Told(
        409,
        'too_many_made',
        `At most ${LIMITS.postbackSecretsMadePerDayMax} new secrets a day.`,
      );
    await client.query(
      `UPDATE postback_secrets SET expires_at = now() + make_interval(secs => $2) WHERE tenant_id = $1 AND ${IN_FORCE}`,
      [tenantId, overlapSeconds],
    );
    const { secret, hint, hash, salt } = secrets.generate(tenantId);
    const { rows: added } = await client.query<PostbackSecret>(
      `INSERT INTO postback_secrets (tenant_id, hint, secret_hash, salt, created_by) VALUES ($1, $2, $3, $4, $5)
       RETURNING ${COLUMNS}`,
      [tenantId, hint, hash, salt, actor],
    );
    const [row] = added as [PostbackSecret];
    await recordAudit(client, {
      tenantId,
      actor,
      action: 'postback_secret.create',
      subject: String(row.secret_id),
      before: null,
      after: { hint, overlap_seconds: overlapSeconds },
    });
    return { ...row, secret };
  });

/** @throws NotFound when it is none in force */
export const revokePostbackSecret = (
  pool: pg.Pool,
  { tenantId, actor, secretId }: { tenantId: number; actor: string; secretId: number },
): Promise<void> =>
  inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ hint: string }>(
      `UPDATE postback_secrets SET revoked_at = now() WHERE tenant_id = $1 AND secret_id = $2 AND ${IN_FORCE} RETURNING hint`,
      [tenantId, secretId],
    );
    const [row] = rows;
    if (!row) throw new NotFound('No postback secret in force with this ID.');
    await recordAudit(client, {
      tenantId,
      actor,
      action: 'postback_secret.revoke',
      subject: String(secretId),
      before: { hint: row.hint },
      after: null,
    });
  });
