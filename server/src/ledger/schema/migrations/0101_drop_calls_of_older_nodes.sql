-- What nodes of builds before `append_clicks` and `register_clicked` called. A store that was made at the baseline never had them.
DROP FUNCTION IF EXISTS append_batch, register_entities;
