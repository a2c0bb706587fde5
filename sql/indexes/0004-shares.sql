-- 0004-shares.sql - the indexes of large tables that the migration wants: made
-- ahead of it (:concurrently), or else by it.

CREATE UNIQUE INDEX :concurrently IF NOT EXISTS webhook_id_key ON postern.webhook (id);
-- Of some rows, with a key's columns as expressions: see tables/0004-shares.sql.
CREATE INDEX :concurrently IF NOT EXISTS webhook_live ON postern.webhook
    ((CASE WHEN state <> 'deleted' THEN account_id END),
     (CASE WHEN state <> 'deleted' THEN id END))
    WHERE state <> 'deleted';
CREATE INDEX :concurrently IF NOT EXISTS webhook_deleted ON postern.webhook (updated_at)
    WHERE state = 'deleted';
CREATE INDEX :concurrently IF NOT EXISTS secret_expires ON postern.secret (expires_at)
    WHERE expires_at IS NOT NULL;
CREATE INDEX :concurrently IF NOT EXISTS access_token_end
    ON postern.access_token (least(expires_at, revoked_at));
