import type pg from 'pg';

type Client = Pick<pg.PoolClient, 'query'>;

/** A device that was not used for so long is a stranger's again. */
export const DEVICE_DAYS_MAX = 180;
/** Devices of one member; beyond it those that were used longest ago are forgotten. */
const DEVICES_MAX = 20;

/** Whether somebody with this address has signed in with the device before; the same work whether there is such a member. */
export async function isKnownDevice(client: Client, email: string, deviceHash: Buffer): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'known_device',
    text: `SELECT FROM known_devices d JOIN members m USING (member_id)
     WHERE m.email = $1 AND d.device_hash = $2 AND d.seen_at > now() - make_interval(days => $3) LIMIT 1`,
    values: [email, deviceHash, DEVICE_DAYS_MAX],
  });
  return rowCount === 1;
}

/** Notes that a member has signed in with a device. */
export async function rememberDevice(client: Client, memberId: number, deviceHash: Buffer): Promise<void> {
  await client.query(
    `INSERT INTO known_devices (member_id, device_hash) VALUES ($1, $2)
     ON CONFLICT (member_id, device_hash) DO UPDATE SET seen_at = now()`,
    [memberId, deviceHash],
  );
  await client.query(
    `DELETE FROM known_devices WHERE member_id = $1 AND device_hash NOT IN (
       SELECT device_hash FROM known_devices WHERE member_id = $1 ORDER BY seen_at DESC LIMIT $2)`,
    [memberId, DEVICES_MAX],
  );
}

/** Forgets a member's devices: whoever reset a password may have had to because somebody else knew it. */
export async function forgetDevices(client: Client, memberId: number): Promise<void> {
  await client.query('DELETE FROM known_devices WHERE member_id = $1', [memberId]);
}

/** Drops the devices that were not used for too long. */
export async function dropOldDevices(pool: pg.Pool): Promise<void> {
  await pool.query('DELETE FROM known_devices WHERE seen_at < now() - make_interval(days => $1)', [
    DEVICE_DAYS_MAX,
  ]);
}
