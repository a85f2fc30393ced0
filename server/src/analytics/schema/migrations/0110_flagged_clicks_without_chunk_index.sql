-- No question asks the flagged clicks by chunk, and each part of them had two files of the index.
ALTER TABLE flagged_clicks DROP INDEX IF EXISTS chunk_id_range
