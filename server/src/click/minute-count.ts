/** What one store has for one tenant and one minute of the clicks' own time. */
export interface MinuteCount {
  tenantId: number;
  minuteMs: number;
  clicks: number;
  fraud: number;
  /** XOR over half of each click id, as a signed 64-bit number in decimal digits. */
  checksum: string;
}
