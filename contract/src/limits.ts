/** Named maxima of the public API. Every body, list and string a client may send has one here. */
export const LIMITS = {
  /** Longest id (ad, campaign, advertiser, user), in UTF-16 code units. */
  idLengthMax: 128,
  /** Longest `os` or `browser`. */
  labelLengthMax: 64,
  /** Longest `user_agent`; longer ones are refused in a body and cut when taken from the header. */
  userAgentLengthMax: 1_024,
  /** Longest `referrer`. */
  referrerLengthMax: 2_048,
  /** Longest `Idempotency-Key` header. */
  idempotencyKeyLengthMax: 255,
  /** Most clicks in one `POST /clicks/batch`. */
  batchClicksMax: 1_000,
  /** Largest body of `POST /clicks`, in bytes. */
  clickBodyBytesMax: 16 * 1_024,
  /** Largest body of `POST /clicks/batch`, in bytes. */
  batchBodyBytesMax: 8 * 1_024 * 1_024,
  /** How far a click's own time may lie ahead of the server's, in milliseconds. */
  clockSkewMsMax: 5 * 60_000,
  /** Most dimensions in one `group_by`. */
  groupByMax: 3,
  /** Most time buckets one aggregate query may span (31 days of minutes). */
  bucketsMax: 44_640,
  /** Most rows one aggregate query may return; ask for fewer groups or a shorter range instead. */
  aggregateRowsMax: 100_000,
  /** Most groups one aggregate query may skip. */
  aggregateOffsetMax: 100_000,
  /** Most values of one filter. */
  filterValuesMax: 50,
  /** Longest `search`. */
  searchLengthMax: 128,
} as const;
