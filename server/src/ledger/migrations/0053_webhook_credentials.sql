-- Webhooks with a user name or a password in their URL were never delivered: the request is refused before it is sent, and its
-- error, which every reader sees, held the URL. They are refused from now on; those that were stored lose what no request may hold.
UPDATE webhooks SET url = regexp_replace(url, '^(https?://)[^/?#]*@', '\1', 'i');
UPDATE alert_deliveries SET last_error = NULL WHERE last_error LIKE '%URL that includes credentials%';
