import { type ApiKey, LIMITS, type NewApiKey } from '@clickledger/contract';
import type pg from 'pg';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { ISO_UTC } from '../lib/sql.js';
import type { Scope } from './caller.js';

const KEY = `key_id, name, hint, scopes, origins, requests_per_second, ${ISO_UTC('created_at')} AS created_at, created_by,
  ${ISO_UTC('expires_at')} AS expires_at, ${ISO_UTC('last_used_at')} AS last_used_at,
  ${ISO_UTC('revoked_at')} AS revoked_at, revoked_by, rotated_to, is_test`;

/** What is kept of a key: never the key itself. */
export interface KeySecret {
  hash: Buffer;
  hint: string;
}

/** Newest first, the revoked ones too, at most `LIMITS.keysMax`. */
export async function listKeys(pool: pg.Pool, tenantId: number): Promise<ApiKey[]> {
  const { rows } = await pool.query<ApiKey>(
    `SELECT ${KEY} FROM api_keys WHERE tenant_id = $1 ORDER BY key_id DESC LIMIT $2`,
    [tenantId, LIMITS.keysMax],
  );
  return rows;
}

/** Why no key may be made now. */
export type KeyRefusal = 'too_many_keys' | 'too_many_made';

/**
 * Whether a tenant may make one more key; null: it may. Keeps others of the tenant from making one until the transaction ends, so
 * that many at once are counted each. What is in force is limited, and so is how many are made within an hour: rotating a key that
 * was rotated, or making and revoking, has every node read all keys again.
 */
export async function mayMakeKey(client: pg.PoolClient, tenantId: number): Promise<KeyRefusal | null> {
  await lockTransaction(client, LOCKS.apiKeys, tenantId);
  const { rows } = await client.query<{ inForce: number; made: number }>(
    `SELECT count(*) FILTER (WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()))::integer AS "inForce",
       count(*) FILTER (WHERE created_at > now() - interval '1 hour')::integer AS made
     FROM api_keys WHERE tenant_id = $1`,
    [tenantId],
  );
  const { inForce = 0, made = 0 } = rows[0] ?? {};
  if (inForce >= LIMITS.keysInForceMax) return 'too_many_keys';
  return made >= LIMITS.keysMadePerHourMax ? 'too_many_made' : null;
}

/** Makes a key; `mayMakeKey` says whether it may be. */
export async function addKey(
  client: pg.PoolClient,
  tenantId: number,
  key: Omit<NewApiKey, 'is_test'> & { is_test?: boolean; createdBy: string },
  secret: KeySecret,
): Promise<ApiKey> {
  const { rows } = await client.query<ApiKey>(
    `INSERT INTO api_keys (tenant_id, name, hint, key_hash, scopes, origins, requests_per_second, expires_at, created_by, is_test)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${KEY}`,
    [
      tenantId,
      key.name,
      secret.hint,
      secret.hash,
      key.scopes,
      key.origins,
      key.requests_per_second,
      key.expires_at,
      key.createdBy,
      key.is_test ?? false,
    ],
  );
  const [made] = rows;
  if (!made) throw new Error('the key was not made');
  return made;
}

/** A key in force that was not rotated yet, kept from being changed until the transaction ends; null when there is none. */
export async function lockKey(
  client: pg.PoolClient,
  tenantId: number,
  keyId: number,
): Promise<ApiKey | null> {
  const { rows } = await client.query<ApiKey>(
    `SELECT ${KEY} FROM api_keys
     WHERE tenant_id = $1 AND key_id = $2 AND revoked_at IS NULL AND rotated_to IS NULL
       AND (expires_at IS NULL OR expires_at > now()) FOR UPDATE`,
    [tenantId, keyId],
  );
  return rows[0] ?? null;
}

/** Puts another key, if `mayMakeKey`, in the place of one that was locked, which goes on for a while, so that its users can change over. */
export async function rotateKey(
  client: pg.PoolClient,
  tenantId: number,
  keyId: number,
  rotation: { overlapSeconds: number; createdBy: string },
  secret: KeySecret,
): Promise<ApiKey> {
  const { rows } = await client.query<ApiKey>(
    `INSERT INTO api_keys (tenant_id, name, hint, key_hash, scopes, origins, requests_per_second, expires_at, created_by, is_test)
     SELECT tenant_id, name, $3, $4, scopes, origins, requests_per_second, expires_at, $5, is_test FROM api_keys
     WHERE tenant_id = $1 AND key_id = $2 RETURNING ${KEY}`,
    [tenantId, keyId, secret.hint, secret.hash, rotation.createdBy],
  );
  const [made] = rows;
  if (!made) throw new Error('the key is gone');
  await client.query(
    `UPDATE api_keys SET rotated_to = $3, expires_at = least(expires_at, now() + make_interval(secs => $4))
     WHERE tenant_id = $1 AND key_id = $2`,
    [tenantId, keyId, made.key_id, rotation.overlapSeconds],
  );
  return made;
}

/** Ends a key; its name, or null when there is none in force with this id. */
export async function revokeKey(
  client: pg.PoolClient,
  tenantId: number,
  keyId: number,
  revokedBy: string,
): Promise<string | null> {
  const { rows } = await client.query<{ name: string }>(
    `UPDATE api_keys SET revoked_at = now(), revoked_by = $3
     WHERE tenant_id = $1 AND key_id = $2 AND revoked_at IS NULL RETURNING name`,
    [tenantId, keyId, revokedBy],
  );
  return rows[0]?.name ?? null;
}

/** A key as nodes hold it in memory. */
export interface StoredKey {
  keyId: number;
  tenantId: number;
  /** For test data alone. */
  isTest: boolean;
  name: string;
  hash: Buffer;
  scopes: Scope[];
  origins: string[];
  requestsPerSecond: number | null;
  expiresAtMs: number | null;
}

/** Every tenant's keys that are in force, or will be until they expire. */
export async function readKeysInForce(pool: pg.Pool): Promise<StoredKey[]> {
  const { rows } = await pool.query<StoredKey>(
    `SELECT key_id AS "keyId", tenant_id AS "tenantId", is_test AS "isTest", name, key_hash AS hash, scopes, origins,
       requests_per_second AS "requestsPerSecond", (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs"
     FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
  );
  return rows;
}

/** Notes when keys were used last. */
export async function noteKeyUse(pool: pg.Pool, uses: ReadonlyMap<number, number>): Promise<void> {
  await pool.query(
    `UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, to_timestamp(u.at_ms / 1000.0))
     FROM unnest($1::bigint[], $2::bigint[]) AS u (key_id, at_ms) WHERE k.key_id = u.key_id`,
    [[...uses.keys()], [...uses.values()]],
  );
}

/** Whether access was ever configured, and how often keys or members were changed. */
export async function readAccessState(pool: pg.Pool): Promise<{ isConfigured: boolean; revision: number }> {
  const { rows } = await pool.query<{ isConfigured: boolean; revision: number }>({
    name: 'access_state',
    text: 'SELECT configured_at IS NOT NULL AS "isConfigured", revision FROM access_state',
  });
  const [row] = rows;
  if (!row) throw new Error('access_state has no row');
  return row;
}
