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
  /** Fewest days of `RETENTION_DAYS`: more than a click id is known by default. */
  retentionDaysMin: 8,
  /** Most clicks in one `POST /clicks/batch`. */
  batchClicksMax: 1_000,
  /** Largest body of `POST /clicks`, in bytes. */
  clickBodyBytesMax: 16 * 1_024,
  /** Largest body of `POST /clicks/batch`, in bytes. */
  batchBodyBytesMax: 8 * 1_024 * 1_024,
  /** Longest name of a conversion action. */
  actionLengthMax: 64,
  /** Most conversions in one `POST /conversions/batch`, and most changes in one `POST /conversions/adjust`. */
  batchConversionsMax: 1_000,
  /** Largest body of `POST /conversions`, in bytes. */
  conversionBodyBytesMax: 16 * 1_024,
  /** Largest body of `POST /conversions/batch` and `/adjust`, in bytes. */
  conversionBatchBodyBytesMax: 2 * 1_024 * 1_024,
  /** Highest value of a conversion, in millionths: a thousand million units. */
  conversionValueMicrosMax: 1_000_000_000_000_000,
  /** Most postbacks on one page of their log. */
  postbackRowsMax: 500,
  /** Postbacks of a tenant that the log keeps, the newest ones. */
  postbacksKeptMax: 10_000,
  /** For how many days it keeps them. */
  postbackLogDays: 30,
  /** Longest query of a postback, as the log has it. */
  postbackQueryLengthMax: 2_000,
  /** Postback secrets of a tenant that are in force at once. */
  postbackSecretsMax: 2,
  /** Postback secrets that a tenant may make within a day. */
  postbackSecretsMadePerDayMax: 50,
  /** Largest body of `POST /postback`, in bytes. */
  postbackBodyBytesMax: 8 * 1_024,
  /** Most conversion actions of a tenant. */
  conversionActionsMax: 1_000,
  /** Longest window of a conversion action, in days. */
  conversionWindowDaysMax: 90,
  /** How far a click's own time may lie ahead of the server's, in milliseconds. */
  clockSkewMsMax: 5 * 60_000,
  /** Most dimensions in one `group_by`. */
  groupByMax: 3,
  /** Most time buckets one aggregate query may span (31 days of minutes). */
  bucketsMax: 44_640,
  /** Most rows one aggregate query may return; ask for fewer groups or a shorter range instead. */
  aggregateRowsMax: 100_000,
  /** Most advertisers, campaigns or ads on one page. */
  entitiesMax: 10_000,
  /** Most advertisers, campaigns and ads that clicks register of one tenant in an hour; people may set up more. */
  newEntitiesPerHourMax: 10_000,
  /** Longest name of a campaign, ad or advertiser. */
  nameLengthMax: 200,
  /** Highest cost of a click, in millionths: 10,000 units of the currency. */
  costPerClickMicrosMax: 10_000_000_000,
  /** Highest cost of 1,000 impressions, in millionths: 10,000 units. */
  costPerThousandMicrosMax: 10_000_000_000,
  /** Highest cost of a conversion, in millionths: a million units. */
  costPerConversionMicrosMax: 1_000_000_000_000,
  /** Highest daily budget, in millionths: a thousand million units. */
  dailyBudgetMicrosMax: 1_000_000_000_000_000,
  /** Most changes of one campaign, ad or advertiser that are listed. */
  changesMax: 500,
  /** Most clicks on one page of the log. */
  clickLogRowsMax: 500,
  /** Most clicks whose verdict one request changes. */
  verdictsMax: 10_000,
  /** Most buckets of one fraud summary (31 days of hours). */
  fraudBucketsMax: 1_500,
  /** Most offenders in one list. */
  offendersMax: 100,
  /** Most questions in one request. */
  questionsMax: 20,
  /** Largest body of `POST /analytics/questions`, in bytes. */
  questionsBodyBytesMax: 256 * 1_024,
  /** Most views in one stream. */
  streamViewsMax: 40,
  /** Longest view of a stream, as a query string. */
  streamViewLengthMax: 2_000,
  /** Most clicks in one export. */
  exportRowsMax: 50_000_000,
  /** Most groups one aggregate query may skip. */
  aggregateOffsetMax: 100_000,
  /** Most values of one filter. */
  filterValuesMax: 50,
  /** Longest window of a fraud rule at ingestion, in seconds. */
  ruleWindowSecondsMax: 600,
  /** Most clicks within a window that a rule may allow: the guard keeps twice as many of each address and user. */
  ruleCountMax: 1_000,
  /** How far a rule that runs every minute may look back. */
  lookBackMinutesMax: 1_440,
  /** Most days of one look back on demand. */
  lookBackDaysMax: 31,
  /** Most alerts in one list. */
  alertsMax: 500,
  /** Longest URL of a webhook. */
  webhookUrlLengthMax: 2_048,
  /** Longest note of a change. */
  noteLengthMax: 500,
  /** Most entries of a tenant's allow and block lists together. */
  listEntriesMax: 100_000,
  /** Most API keys of a tenant that are listed. */
  keysMax: 1_000,
  /** Most API keys of a tenant that are in force at once. */
  keysInForceMax: 200,
  /** Most API keys that a tenant may make within an hour, rotations included: each is read by every node. */
  keysMadePerHourMax: 100,
  /** Most deletions of an organization's test data within an hour: after each, every node reads all keys again. */
  testDataDeletionsPerHourMax: 10,
  /** Highest limit of a key, in requests a second. */
  keyRequestsPerSecondMax: 1_000_000,
  /** Longest time that a rotated key goes on, in seconds: 90 days. */
  keyOverlapSecondsMax: 90 * 86_400,
  /** Most origins of a key. */
  originsMax: 50,
  originLengthMax: 300,
  /** Most members of a tenant, and as many open invitations. */
  membersMax: 1_000,
  /** Most advertisers that one member of that role sees. */
  memberAdvertisersMax: 50,
  /** Most accounts of one address that signing in looks at, in as many organizations. */
  accountsPerAddressMax: 5,
  emailLengthMax: 254,
  passwordLengthMin: 12,
  passwordLengthMax: 256,
  /** Most changes on one page of the audit log. */
  auditRowsMax: 500,
  /** Most advertisers of a month on one page. */
  billsMax: 1_000,
  /** Most statements on one page. */
  statementsMax: 500,
  /** Most rows of one user in one export, ledger and analytics each. */
  userDataRowsMax: 100_000,
  /** Longest that personal data may be kept, in days. */
  personalDataDaysMax: 3_650,
  /** Longest time to pay that a statement may give, in days. */
  paymentDaysMax: 365,
  /** Highest number of clicks an hour that an account may ask for before it is alerted. */
  alertClicksMinMax: 1_000_000,
  /** Most links of an account, ended ones included. */
  linksMax: 20_000,
  /** Most links on one page, and most rows of one CSV import. */
  linksPageMax: 1_000,
  linksImportMax: 5_000,
  /** Largest body of `POST /links/import`, in bytes. */
  linksImportBodyBytesMax: 4 * 1_024 * 1_024,
  /** Most wrong rows that an import names. */
  linksImportErrorsMax: 100,
  /** Longest destination of a link, in characters. */
  destinationLengthMax: 2_048,
  /** Most destinations of a link, and the highest weight of one. */
  destinationsMax: 20,
  destinationWeightMax: 10_000,
  slugLengthMax: 64,
  hostLengthMax: 260,
  /** Most hosts that the parameter `url` of a link may name. */
  allowedHostsMax: 100,
  /** Most host names for links of an account. */
  linkHostsMax: 50,
  /** Longest value of a landing parameter that is stored; longer ones are cut. */
  landingValueLengthMax: 256,
  /** Most bytes of all landing parameters of a click. */
  landingBytesMax: 4_096,
  /** Most entries in one `POST /impressions`. */
  impressionEntriesMax: 1_000,
  /** Most impressions of one entry. */
  impressionsEachMax: 1_000_000_000,
  /** Largest body of `POST /impressions`, in bytes. */
  impressionsBodyBytesMax: 1_024 * 1_024,
  /** Longest `search`. */
  searchLengthMax: 128,
  /** Most conversions on one page of their log. */
  conversionLogRowsMax: 500,
  /** Most clicks of a path that a model shares a conversion among: the last ones. */
  pathClicksMax: 100,
  /** Most conversions of one report of a model. */
  modelConversionsMax: 50_000,
  /** Most clicks of their users in such a report. */
  modelClicksMax: 300_000,
  /** Most conversions in the story of a click. */
  conversionsOfClickMax: 100,
} as const;
