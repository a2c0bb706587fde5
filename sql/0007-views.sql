-- 0007-views.sql - what operators read.

CREATE VIEW postern.accounts AS
SELECT a.id, a.name, postern.slot(a.id) AS slot, a.webhook_count AS webhooks,
       a.webhook_limit, a.created_at
  FROM postern.account AS a;
COMMENT ON VIEW postern.accounts IS
'Accounts, with how many webhooks each has and may have.';

CREATE VIEW postern.access_tokens AS
SELECT t.id, t.account_id,
       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'
            WHEN t.expires_at <= now() THEN 'expired'
            ELSE 'valid' END AS state,
       t.created_at, t.expires_at, t.revoked_at
  FROM postern.access_token AS t;
COMMENT ON VIEW postern.access_tokens IS
'Access tokens by id; state is valid, expired or revoked. Tokens themselves
are stored nowhere.';

CREATE VIEW postern.event_types AS
SELECT t.name, t.description, t.created_at
  FROM postern.event_type AS t;
COMMENT ON VIEW postern.event_types IS
'The kinds of event that webhooks may subscribe to.';

CREATE VIEW postern.webhooks AS
SELECT w.id, w.account_id, w.url,
       ARRAY(SELECT t.name::text
               FROM postern.subscription AS s
               JOIN postern.event_type AS t ON t.id = s.event_type_id
              WHERE s.account_id = w.account_id AND s.webhook_id = w.id
              ORDER BY t.name) AS events,
       w.state, w.reason, w.created_at, w.updated_at
  FROM postern.webhook AS w;
COMMENT ON VIEW postern.webhooks IS
'Webhooks: where each goes, what it receives, whether it is enabled or
disabled and why.';

CREATE VIEW postern.working_hours AS
SELECT s.time_zone,
       (ARRAY['mon','tue','wed','thu','fri','sat','sun'])[o.weekday] AS weekday,
       o.opens, o.closes
  FROM postern.schedule AS s, postern.opening AS o
 ORDER BY o.weekday, o.opens, o.closes;
COMMENT ON VIEW postern.working_hours IS
'When the API is open, up to and not including closes; no rows: always but on
holidays.';

CREATE VIEW postern.holidays AS
SELECT h.day, h.reason
  FROM postern.holiday AS h
 ORDER BY h.day;
COMMENT ON VIEW postern.holidays IS
'Days on which the API is closed.';

CREATE VIEW postern.sealing_keys AS
SELECT encode(k.id, 'hex') AS id,
       CASE WHEN k.retired_at IS NULL THEN 'in use' ELSE 'retired' END AS state,
       (SELECT count(*) FROM postern.secret AS s WHERE s.key_id = k.id)
           AS secrets,
       encode(k.public_key, 'base64') AS public_key, k.added_at, k.retired_at
  FROM postern.sealing_key AS k;
COMMENT ON VIEW postern.sealing_keys IS
'The keys that secrets are sealed for, and how many secrets each still
guards.';

GRANT SELECT ON postern.accounts, postern.access_tokens, postern.event_types,
    postern.webhooks, postern.working_hours, postern.holidays,
    postern.sealing_keys TO postern_admin;
