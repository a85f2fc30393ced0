-- How far the rollups of analytics are folded: the newest chunk that each holds. The next fold, the chunks (folded_to, folding_to], is fixed
-- here before anything of it is sent, so that whoever sends it again sends the same under the same token.
CREATE TABLE rollup_folds (
  rollup     text   PRIMARY KEY CHECK (rollup IN ('minutes', 'pairs')),
  folded_to  bigint NOT NULL,
  folding_to bigint CHECK (folding_to > folded_to),
  -- Somebody waits until this chunk is folded: it is due at once.
  wanted_to  bigint NOT NULL DEFAULT 0
);
-- Without a tenant: ids of chunks.
GRANT SELECT ON rollup_folds TO clickledger_request;
