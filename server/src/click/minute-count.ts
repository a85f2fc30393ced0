/** What one store has for one tenant and one minute of the clicks' own time, or of other events of one kind. */
export interface MinuteCount {
  tenantId: number;
  minuteMs: number;
  clicks: number;
  fraud: number;
  /** XOR over half of each id, as a signed 64-bit number in decimal digits; before it, sums of what else must not differ. */
  checksum: string;
}
