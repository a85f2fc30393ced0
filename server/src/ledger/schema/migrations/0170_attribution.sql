-- Conversions whose click is to be looked for: new ones, and those that a click or a verdict may have moved. A conversion leaves it in the
-- transaction that stores what was found.
CREATE TABLE attribution_queue (
  tenant_id     integer NOT NULL,
  conversion_id uuid    NOT NULL,
  queue_id      bigint  GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, conversion_id)
);
CREATE INDEX attribution_queue_order ON attribution_queue (tenant_id, queue_id);
-- Of the ledger's owner alone: the relay attributes.
ALTER TABLE attribution_queue ENABLE ROW LEVEL SECURITY;

-- Chunks up to here were looked through for conversions, and for clicks and verdicts that may move some. Null: there was no conversion yet.
CREATE TABLE attribution_watermark (
  only_row     boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  chunk_id     bigint,
  -- when the last of them was delivered: a chunk with dead letters that is delivered again later is looked through again
  delivered_at timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO attribution_watermark DEFAULT VALUES;
