-- access.sql - what operators read of accounts, and of what may act for them.
--
-- As views.sql, which says how they change.

CREATE OR REPLACE VIEW postern.accounts AS
SELECT a.id, a.name, postern.slot(a.id) AS slot, a.webhook_count AS webhooks,
       a.webhook_limit, a.created_at, a.share
  FROM postern.account AS a;
COMMENT ON VIEW postern.accounts IS
'Accounts, with how many webhooks each has and may have, and its share.';
COMMENT ON COLUMN postern.accounts.id IS 'as create_account returned it';
COMMENT ON COLUMN postern.accounts.name IS 'as given to create_account';
COMMENT ON COLUMN postern.accounts.slot IS 'the shard key, 0 to 1023, made of the id';
COMMENT ON COLUMN postern.accounts.webhooks IS 'how many it has';
COMMENT ON COLUMN postern.accounts.webhook_limit IS 'how many it may have: set_webhook_limit';
COMMENT ON COLUMN postern.accounts.created_at IS 'when create_account was called';
COMMENT ON COLUMN postern.accounts.share IS
'so many times what an account of share 1 may have: set_share';

CREATE OR REPLACE VIEW postern.clients AS
SELECT c.id, c.account_id, c.name, c.scopes,
       CASE WHEN c.revoked_at IS NULL THEN 'valid' ELSE 'revoked' END AS state,
       (SELECT count(*) FROM postern.access_token AS t
         WHERE t.account_id = c.account_id AND t.client_id = c.id
           AND t.expires_at > now() AND t.revoked_at IS NULL) AS tokens,
       c.created_at, c.revoked_at
  FROM postern.client AS c
UNION ALL
SELECT c.id, NULL, c.name, c.scopes,
       CASE WHEN c.revoked_at IS NULL THEN 'valid' ELSE 'revoked' END,
       (SELECT count(*) FROM postern.platform_token AS t
         WHERE t.client_id = c.id AND t.expires_at > now() AND t.revoked_at IS NULL),
       c.created_at, c.revoked_at
  FROM postern.platform_client AS c;
COMMENT ON VIEW postern.clients IS
'Programs that get access tokens by id and secret, with how many valid ones each has. The
secrets themselves are not stored. Those of the platform itself have no account.';
COMMENT ON COLUMN postern.clients.id IS 'its client_id, for revoke_client';
COMMENT ON COLUMN postern.clients.account_id IS
'the account it belongs to; NULL: it is the platform''s, by create_platform_client';
COMMENT ON COLUMN postern.clients.name IS
'as given to create_client or create_platform_client';
COMMENT ON COLUMN postern.clients.scopes IS 'the scopes that its tokens may have';
COMMENT ON COLUMN postern.clients.state IS 'valid or revoked';
COMMENT ON COLUMN postern.clients.tokens IS 'how many valid tokens it has';
COMMENT ON COLUMN postern.clients.created_at IS 'when it was made';
COMMENT ON COLUMN postern.clients.revoked_at IS 'when revoke_client ended it';

CREATE OR REPLACE VIEW postern.access_tokens AS
SELECT t.id, t.account_id,
       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'
            WHEN t.expires_at <= now() THEN 'expired'
            ELSE 'valid' END AS state,
       t.created_at, t.expires_at, t.revoked_at, t.scopes, t.client_id
  FROM postern.access_token AS t
UNION ALL
SELECT t.id, NULL,
       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'
            WHEN t.expires_at <= now() THEN 'expired'
            ELSE 'valid' END,
       t.created_at, t.expires_at, t.revoked_at, t.scopes, t.client_id
  FROM postern.platform_token AS t;
COMMENT ON VIEW postern.access_tokens IS
'Access tokens by id; state is valid, expired or revoked. The tokens themselves are not stored.';
COMMENT ON COLUMN postern.access_tokens.id IS 'its name, for revoke_token';
COMMENT ON COLUMN postern.access_tokens.account_id IS
'the account it belongs to; NULL: its client is the platform''s';
COMMENT ON COLUMN postern.access_tokens.state IS 'valid, expired or revoked';
COMMENT ON COLUMN postern.access_tokens.created_at IS 'when it was issued';
COMMENT ON COLUMN postern.access_tokens.expires_at IS 'when it ends by itself';
COMMENT ON COLUMN postern.access_tokens.revoked_at IS 'when it was revoked';
COMMENT ON COLUMN postern.access_tokens.scopes IS 'what it is good for';
COMMENT ON COLUMN postern.access_tokens.client_id IS
'the client it was issued to; NULL: issue_token made it';
