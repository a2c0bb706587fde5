-- 0008-upkeep-indexes.sql - the indexes of large tables that the migration wants:
-- made ahead of it (:concurrently), or else by it.

-- Is any secret sealed for this key?
CREATE INDEX :concurrently IF NOT EXISTS secret_key ON postern.secret (key_id);
-- Operators know a token or a client by its id alone.
CREATE INDEX :concurrently IF NOT EXISTS access_token_id ON postern.access_token (id);
CREATE INDEX :concurrently IF NOT EXISTS client_id ON postern.client (id);
-- Of days that had no partition: others are read as a whole or not at all. An
-- expression, so that what looks for attempts of a webhook since a time does not
-- take it for as good.
CREATE INDEX :concurrently IF NOT EXISTS attempt_default_started
    ON postern.attempt_default (greatest(started_at, '-infinity'::timestamptz));
